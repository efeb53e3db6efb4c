import {spawn} from 'node:child_process';

import {deferred} from '../../core/deferred.ts';
import {isMapping, type Mapping} from '../../core/mapping.ts';
import {PYTHON_RUNNER} from './python-runner.ts';
import {killTree} from './kill-tree.ts';

export interface PythonCall {
  /** Words of the interpreter. */
  readonly python: readonly string[];
  /** Program text that defines the function. Written by a model, so it is only ever run in a child. */
  readonly code: string;
  readonly entry: string;
  readonly args: readonly unknown[];
  readonly wallSeconds: number;
  readonly memoryMegabytes: number;
  readonly signal: AbortSignal;
}

/** The end of a call: what the function returned, or why there is nothing. */
export type PythonOutcome =
  | {readonly ok: true; readonly value: unknown; readonly cpuSeconds: number}
  | {readonly ok: false; readonly kind: 'error' | 'timeout' | 'died' | 'absent'; readonly problem: string};

/** Output of a program beyond this is not read. */
const MAX_OUTPUT = 1_000_000;

/**
 * Calls a function of a Python program in a child with limits of time and memory. The child may use files and the
 * network as the job may: limits protect from accidents, not from malice (docs/optimize-protocol.md).
 */
export function runPython(call: PythonCall): Promise<PythonOutcome> {
  const [program = 'python3', ...words] = call.python;
  const {promise, resolve} = deferred<PythonOutcome>();
  const child = spawn(program, [...words, '-I', '-c', PYTHON_RUNNER], {stdio: ['pipe', 'ignore', 'pipe', 'pipe']});
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    if (child.pid !== undefined) killTree(child.pid);
  }, call.wallSeconds * 1000);
  const abort = (): void => {
    if (child.pid !== undefined) killTree(child.pid);
  };
  call.signal.addEventListener('abort', abort, {once: true});
  const output = collect(child.stdio[3] as NodeJS.ReadableStream);
  const errors = collect(child.stderr as NodeJS.ReadableStream);
  const finish = (outcome: PythonOutcome): void => {
    clearTimeout(timer);
    call.signal.removeEventListener('abort', abort);
    resolve(outcome);
  };
  child.on('error', error => finish({ok: false, kind: 'absent', problem: error.message}));
  child.on('close', (code, signal) => {
    if (isLate) {
      finish({ok: false, kind: 'timeout', problem: `no answer within ${call.wallSeconds} s`});
      return;
    }
    finish(readOutcome(output(), errors(), signal === null ? `exit code ${code ?? '?'}` : `signal ${signal}`));
  });
  child.stdin?.on('error', () => undefined);
  const {code, entry, args, memoryMegabytes, wallSeconds} = call;
  child.stdin?.end(
    JSON.stringify({code, entry, args, memory_mb: memoryMegabytes, cpu_seconds: Math.ceil(wallSeconds)}),
  );
  return promise;
}

function readOutcome(output: string, errors: string, end: string): PythonOutcome {
  const result = parse(output);
  if (result?.['ok'] === true) return {ok: true, value: result['value'], cpuSeconds: Number(result['cpu_seconds'])};
  if (result) return {ok: false, kind: 'error', problem: String(result['problem'])};
  const last = errors.trim().split('\n').at(-1) ?? '';
  return {
    ok: false,
    kind: 'died',
    problem: `the program ended without an answer (${end})${last === '' ? '' : `: ${last}`}`,
  };
}

function parse(text: string): Mapping | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isMapping(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function collect(stream: NodeJS.ReadableStream): () => string {
  let text = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    if (text.length < MAX_OUTPUT) text += chunk;
  });
  stream.on('error', () => undefined);
  return () => text;
}
