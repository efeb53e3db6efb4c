import {mkdtemp, readFile, realpath, rm, stat} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {dirname, join, resolve} from 'node:path';
import {fileURLToPath} from 'node:url';

import {execa} from 'execa';
import {z} from 'zod';

import {readEnvironment} from '../../config/workspace.ts';
import {errorMessage, systemErrorCode, UserError} from '../../core/errors.ts';
import {readGitState} from '../../core/git-state.ts';
import {pathInside} from '../../core/path-inside.ts';
import {ProcessLog} from '../../execute/process/process-log.ts';
import {runProcess, type ProcessEnd} from '../../execute/process/run-process.ts';
import type {Evaluated} from '../../suite/evaluate/evaluated.ts';
import {loaderOptions} from '../../suite/loader/loader.ts';
import {
  EVALUATION_VARIABLE,
  suiteDataSchema,
  type SuiteData,
  type SuiteDescription,
} from '../../suite/suite-description.ts';
import type {Caller} from '../caller.ts';
import {hashSuiteCode} from './suite-code.ts';

const SUITE_FILE = /\.(?:ts|mts|js|mjs)$/;

/** Returns whether a file is a suite by its name: a module, which is evaluated, and no text. */
export function isSuiteFile(path: string): boolean {
  return SUITE_FILE.test(path);
}

/**
 * Evaluates the file of a suite in a process of its own, of which nothing is left afterwards.
 *
 * @returns the suite as JSON (`mac.suite/1`): what it defines, a hash of the code of its cases, and the state of the
 * repository that its file is in.
 * @throws UserError `config-missing`, `config-unreadable`; `suite-invalid` when it throws, does not end in time
 * (`$MAC_SUITE_TIMEOUT_SECONDS`), exports no suite or one that cannot run.
 */
export async function readSuite(
  path: string,
  {env, cwd, clock}: Pick<Caller, 'env' | 'cwd' | 'clock'>,
): Promise<string> {
  const file = await findFile(resolve(cwd, path));
  const data = parseSuite(file, await evaluate(file, {env, cwd, clock}));
  const {workspace} = readEnvironment(env, cwd);
  const toShown = (absolute: string): string => pathInside(workspace, absolute) ?? absolute;
  const git = await readGitState(dirname(file));
  const root = git?.root ?? dirname(file);
  const entry = data.entry === null ? null : await findEntry(file, data.entry);
  const code = entry === null ? null : await hashSuiteCode(entry, root);
  const files = [file, ...(code?.files ?? [])];
  const hasUntracked = git !== null && (await isAnyUntracked(git.root, files));
  const description: SuiteDescription = {
    schema: 'mac.suite/1',
    ...data,
    entry: entry === null ? null : toShown(entry),
    file: toShown(file),
    code: code?.hash ?? null,
    code_files: (code?.files ?? []).map(toShown),
    git:
      git?.commit && git.short
        ? {commit: git.commit, short: git.short, dirty: git.dirty || hasUntracked, diff_sha256: git.diff_sha256}
        : null,
  };
  return `${JSON.stringify(description)}\n`;
}

async function findFile(path: string): Promise<string> {
  try {
    if ((await stat(path)).isFile()) return await realpath(path);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') throw new UserError('config-missing', `${path}: no such suite`);
    throw new UserError('config-unreadable', `${path}: ${errorMessage(error)}`, {cause: error});
  }
  throw new UserError('config-unreadable', `${path} is no file, expected a suite (.ts, .mts, .js or .mjs)`);
}

async function findEntry(file: string, entry: string): Promise<string> {
  const path = entry.startsWith('file:') ? fileURLToPath(entry) : resolve(dirname(file), entry);
  const isFile = await stat(path).then(
    found => found.isFile(),
    () => false,
  );
  if (isFile) return path;
  throw invalid(file, `its entry ${path} is not there`, 'entry names a module relative to the file of the suite');
}

const DEFAULT_SECONDS = 60;

/** Runs the file with a limit of time; its output goes to a file that is shown only when it fails. */
async function evaluate(file: string, {env, cwd, clock}: Pick<Caller, 'env' | 'cwd' | 'clock'>): Promise<Evaluated> {
  const seconds = readLimit(env['MAC_SUITE_TIMEOUT_SECONDS']);
  const scratch = await mkdtemp(join(tmpdir(), 'mac-suite-'));
  try {
    const main = new URL(`../../suite/evaluate/evaluate-main${ownEnding()}`, import.meta.url);
    const output = join(scratch, 'suite.json');
    const log = new ProcessLog(join(scratch, 'output.log'));
    const end = await runProcess({
      argv: [process.execPath, ...loaderOptions(), fileURLToPath(main), file, output],
      cwd,
      env: {...env, [EVALUATION_VARIABLE]: '1'},
      log,
      title: 'evaluation',
      timeoutMs: seconds * 1000,
      maxLogBytes: MAX_PRINTED_BYTES,
      signal: new AbortController().signal,
      clock,
    });
    const text = await readFile(output, 'utf8').catch(() => undefined);
    // A suite that ends its process itself has written nothing.
    if (text === undefined) throw invalid(file, describeEnd(end, seconds, log));
    return JSON.parse(text) as Evaluated;
  } finally {
    await rm(scratch, {recursive: true, force: true});
  }
}

const SHOWN_LINES = 10;
const MAX_PRINTED_BYTES = 16 * 1024 * 1024;

/** Run from its sources (in tests), or built. */
function ownEnding(): string {
  return import.meta.url.endsWith('.ts') ? '.ts' : '.js';
}

function readLimit(text: string | undefined): number {
  if (text === undefined || text === '') return DEFAULT_SECONDS;
  const seconds = Number(text);
  if (Number.isFinite(seconds) && seconds > 0) return seconds;
  throw new UserError('request-invalid', `MAC_SUITE_TIMEOUT_SECONDS is ${text}, expected a number of seconds above 0`);
}

/** Node's own exit code for a top-level `await` that nothing can settle any more. */
const UNSETTLED = 13;

function describeEnd({exit, cause}: ProcessEnd, seconds: number, log: ProcessLog): string {
  if (cause === 'timeout') return `it did not end in ${seconds} s: an await that never settles, or a loop without end?`;
  if (cause === 'log-full') return `it printed more than ${MAX_PRINTED_BYTES / 1024 / 1024} MB`;
  const lines = log.listLastLines(SHOWN_LINES, 200);
  const printed = lines.length > 0 ? `; it printed:\n${lines.join('\n')}` : '';
  if (exit.code === UNSETTLED) return `it waits for something that never comes (a top-level await)${printed}`;
  if (exit.code === 0) return `it ended its process itself (process.exit?)${printed}`;
  return `its process ended with ${exit.signal ?? `exit code ${String(exit.code)}`}${printed}`;
}

function parseSuite(file: string, evaluated: Evaluated): SuiteData {
  switch (evaluated.kind) {
    case 'failed':
      throw invalid(file, evaluated.reason);
    case 'no-suite':
      throw invalid(file, 'it exports no suite', 'export default defineSuite({name, entry, config, cases})');
    case 'suite': {
      const data = suiteDataSchema.safeParse(evaluated.data);
      if (data.success) return data.data;
      throw invalid(file, `it was defined by another version of mac/suite: ${z.prettifyError(data.error)}`);
    }
  }
}

function invalid(file: string, why: string, hint?: string): UserError {
  return new UserError('suite-invalid', `${file}: ${why}`, {hint});
}

/** Code that no commit has is a change, though `git diff` does not show it. */
async function isAnyUntracked(root: string, files: readonly string[]): Promise<boolean> {
  const args = ['-C', root, 'ls-files', '--others', '--exclude-standard', '--', ...files];
  const {failed, stdout} = await execa('git', args, {reject: false, stdin: 'ignore', env: {GIT_OPTIONAL_LOCKS: '0'}});
  return !failed && stdout !== '';
}
