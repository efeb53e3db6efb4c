import {randomUUID} from 'node:crypto';
import {appendFileSync, closeSync, statSync, truncateSync} from 'node:fs';

import {sleepUnlessAborted, type Clock} from '../../core/clock.ts';
import {DetachedProcess, type ProcessExit} from './detached-process.ts';
import {processGuard} from './guard.ts';
import type {ProcessLog} from './process-log.ts';
import {joinTokens, TOKEN_VARIABLE} from './process-tree.ts';

/** A program that is run to its end. */
export interface ProcessRequest {
  readonly argv: readonly [string, ...string[]];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Gets its standard output and error in the order in which they come; never this process's own output. */
  readonly log: ProcessLog;
  /** Line between this start and an earlier one in the log. */
  readonly title: string;
  /** Null for no limit. */
  readonly timeoutMs: number | null;
  readonly maxLogBytes?: number;
  /** Ends it. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
}

/** The end of a program and of all that it started. */
export interface ProcessEnd {
  readonly exit: ProcessExit;
  /** `itself`, or what made us end it. */
  readonly cause: 'itself' | 'timeout' | 'log-full' | 'stopped';
}

/** A program that prints without end must not fill the disk that the records of all others need. */
export const MAX_LOG_BYTES = 256 * 1024 * 1024;

const CHECK_MS = 100;
/** SIGTERM to SIGKILL. What fills the disk gets no time to go on. */
const TERM_MS = {itself: 1_000, timeout: 5_000, 'log-full': 200, stopped: 3_000} as const;

/**
 * Runs a program in a session of its own, until nothing of it is left: when its first process has ended, whatever it
 * left running is ended too. If this process is killed, the guard ends all of it.
 *
 * @throws UserError `cannot-write` when the log cannot be opened.
 */
export async function runProcess(request: ProcessRequest): Promise<ProcessEnd> {
  const {argv, cwd, log, title, clock} = request;
  const guard = processGuard();
  const token = `${guard.token}${randomUUID()}.`;
  const env = {...definedOnly(request.env), [TOKEN_VARIABLE]: joinTokens(request.env, token)};
  const logFile = log.open(title, {evenIfEmpty: false});
  if ([...argv, cwd, ...Object.values(env)].some(text => text.includes('\0'))) {
    closeSync(logFile);
    const error = 'a word of its command or a variable of its environment holds a NUL character';
    return {exit: {code: null, signal: null, error}, cause: 'itself'};
  }
  const child = new DetachedProcess({argv, env, logFile, token, cwd, clock});
  if (child.root) guard.watch(child.root);
  const cause = await waitForEnd(child, request);
  const left = cause === 'itself' ? child.countAlive() : 1;
  const unkillable = left === 0 ? 0 : await child.stop(TERM_MS[cause]);
  const exit = child.ended ?? (await child.exit);
  for (const note of describeEnd(cause, left, unkillable, request)) appendNote(log, note);
  return {exit, cause};
}

async function waitForEnd(child: DetachedProcess, request: ProcessRequest): Promise<ProcessEnd['cause']> {
  const {clock, log, signal, timeoutMs, maxLogBytes = MAX_LOG_BYTES} = request;
  const ended = new AbortController();
  void child.exit.then(() => ended.abort());
  const wake = AbortSignal.any([signal, ended.signal]);
  const startMs = clock.monotonic();
  while (child.ended === null) {
    if (signal.aborted) return 'stopped';
    const leftMs = timeoutMs === null ? CHECK_MS : timeoutMs - (clock.monotonic() - startMs);
    if (leftMs <= 0) return 'timeout';
    await sleepUnlessAborted(clock, Math.min(CHECK_MS, leftMs), wake);
    if (log.size() > maxLogBytes) return 'log-full';
  }
  return log.size() > maxLogBytes ? 'log-full' : 'itself';
}

function describeEnd(
  cause: ProcessEnd['cause'],
  left: number,
  unkillable: number,
  {timeoutMs, maxLogBytes = MAX_LOG_BYTES, log}: ProcessRequest,
): string[] {
  const notes: string[] = [];
  if (cause === 'timeout') notes.push(`ended after ${(timeoutMs ?? 0) / 1000} s, its time limit`);
  if (cause === 'stopped') notes.push('ended because the run was stopped');
  if (cause === 'log-full') {
    cutLog(log, maxLogBytes);
    notes.push(`ended because it wrote more than ${maxLogBytes} bytes here; the rest is cut off`);
  }
  if (cause === 'itself' && left > 0) notes.push(`ended ${left} processes that it left running`);
  if (unkillable > 0) notes.push(`${unkillable} of its processes cannot be killed`);
  return notes;
}

function cutLog(log: ProcessLog, maxBytes: number): void {
  const end = log.startOffset + maxBytes;
  try {
    if (statSync(log.path).size > end) truncateSync(log.path, end);
  } catch {
    // It is gone; then there is nothing to cut.
  }
}

function appendNote(log: ProcessLog, note: string): void {
  try {
    const isOpenLine = !log.tail().endsWith('\n') && log.size() > 0;
    appendFileSync(log.path, `${isOpenLine ? '\n' : ''}--- mac: ${note}\n`);
  } catch {
    // A note must not fail the record: the disk may be full.
  }
}

function definedOnly(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined));
}
