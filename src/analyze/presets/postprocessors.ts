import {existsSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {resolve} from 'node:path';
import {execa} from 'execa';

import {asMapping, isMapping} from '../../core/mapping.ts';
import {pathInside} from '../../core/path-inside.ts';
import type {RecordsByType} from './probe-records.ts';

/** A function of the user's that makes more of a run's answers. */
export interface PostprocessorReference {
  /** As it was given. */
  readonly text: string;
  /** A file (relative to the current folder) or a package. */
  readonly module: string;
  readonly functionName: string;
}

const DEFAULT_FUNCTION = 'postprocess';

/** Splits `module:function`; without a function it is `postprocess`. Null when a part is empty. */
export function parsePostprocessor(text: string): PostprocessorReference | null {
  const [, module = '', functionName = DEFAULT_FUNCTION] = /^([^:].*?)(?::([^:/\\]*))?$/.exec(text.trim()) ?? [];
  return module === '' || functionName === '' ? null : {text, module, functionName};
}

/** The third argument of a postprocessor; paths are absolute. */
export interface PostprocessorContext {
  readonly mode: string;
  readonly run_dir: string;
  readonly output_json: string;
  readonly plot_dir: string;
}

/** The work of the process that runs one postprocessor. */
export interface PostprocessorJob extends Pick<PostprocessorReference, 'module' | 'functionName'> {
  readonly cwd: string;
  readonly records: RecordsByType;
  readonly outDir: string;
  readonly context: PostprocessorContext;
}

/** Its answer. */
export type PostprocessorReply = {readonly result: unknown} | {readonly error: string};

/** The outcome of a postprocessor, as the evaluation records it. */
export interface Extension {
  readonly postprocessor: string;
  readonly status: 'success' | 'failed';
  /** Absolute paths of files that it says it made and that are there. */
  readonly files: readonly string[];
  /** Of those that are not. */
  readonly missing: readonly string[];
  readonly result: unknown;
  readonly error: string | null;
  /** Its output. */
  readonly printed: string;
}

export interface PostprocessorOptions extends Omit<PostprocessorJob, 'module' | 'functionName'> {
  readonly timeoutMs: number;
}

/**
 * Runs a postprocessor in a process of its own, so that neither an endless loop nor `process.exit` ends the evaluation.
 * Whatever goes wrong is recorded, not thrown.
 */
export async function runPostprocessor(
  {text, module, functionName}: PostprocessorReference,
  {timeoutMs, ...job}: PostprocessorOptions,
): Promise<Extension> {
  const main = new URL(`postprocessor-main${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url);
  const isTypeScript = main.pathname.endsWith('.ts') || /\.[cm]?ts$/.test(module);
  const flags = isTypeScript ? ['--import', import.meta.resolve('tsx')] : [];
  const run = await execa(process.execPath, ['--experimental-import-meta-resolve', ...flags, fileURLToPath(main)], {
    cwd: job.cwd,
    input: JSON.stringify({...job, module, functionName} satisfies PostprocessorJob),
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    all: true,
    // A limit of 0 is none.
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
    reject: false,
  });
  const failed = (error: string): Extension => ({
    postprocessor: text,
    status: 'failed',
    files: [],
    missing: [],
    result: null,
    error,
    printed: run.all,
  });
  if (run.timedOut) return failed(`did not finish within ${timeoutMs / 1000} s`);
  const reply = parseReply(run.stdio[3]);
  if (!reply) return failed(describeEnd(run));
  if ('error' in reply) return failed(reply.error);
  const named = listFiles(reply.result).map(file => resolve(job.outDir, file));
  return {
    postprocessor: text,
    status: 'success',
    files: named.filter(file => existsSync(file)),
    missing: named.filter(file => !existsSync(file)),
    result: reply.result,
    error: null,
    printed: run.all,
  };
}

function parseReply(text: string): PostprocessorReply | null {
  try {
    const {error, result = null} = asMapping(JSON.parse(text));
    return typeof error === 'string' ? {error} : {result};
  } catch {
    return null;
  }
}

function describeEnd({exitCode, signal}: {exitCode?: number | undefined; signal?: string | undefined}): string {
  // Node's code for a promise that nothing can settle any more.
  if (exitCode === 13) return 'returned a promise that never settles';
  return `ended with ${signal === undefined ? `exit code ${exitCode ?? 'unknown'}` : signal} before it returned`;
}

/** Returns the files that a postprocessor says it made: its list, or `generated_files` of its map. */
function listFiles(result: unknown): string[] {
  const files = isMapping(result) ? result['generated_files'] : result;
  return Array.isArray(files) ? files.map(String) : [];
}

/** Returns a path as an evaluation names it: relative to the folder of its JSON where it is inside, else absolute. */
export function namePath(path: string, folder: string): string {
  return pathInside(folder, path) || path;
}
