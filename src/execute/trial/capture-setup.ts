import {mkdtemp, readFile, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

import {sleepUnlessAborted, type Clock} from '../../core/clock.ts';
import {UserError} from '../../core/errors.ts';
import {describeExit, DetachedProcess} from '../process/detached-process.ts';
import type {ProcessLog} from '../process/process-log.ts';
import {joinTokens, TOKEN_VARIABLE} from '../process/process-tree.ts';
import type {Environment} from './trial-environment.ts';

export interface SetupOptions {
  /** Shell command. */
  readonly setup: string;
  readonly limitSeconds: number;
  readonly cwd: string;
  readonly env: Environment;
  readonly log: ProcessLog;
  readonly clock: Clock;
  readonly token: string;
  /** Ends it. */
  readonly signal: AbortSignal;
  readonly onStarted: (process: DetachedProcess) => void;
}

/** Variables of the shell itself and of ours. */
const NOT_KEPT = new Set(['_', 'SHLVL', 'PWD', 'OLDPWD', 'MAC_SETUP_FILE', 'MAC_OUTER_PATH', TOKEN_VARIABLE]);

const CORRECT_IT = 'it runs in bash -lc; correct it in the file or the profile, or with --setup-command';
const GIVE_TIME = 'it must not wait for input; if it only needs longer, set study.services.setup_timeout_seconds';

/**
 * Runs a setup command in a login shell, where `module` and the like are known, and returns the whole environment that
 * it ends with. `/etc/profile` resets PATH in many places: ours stays in front of it, and what the setup adds before
 * that. What it leaves running (an agent) stays until the services are stopped.
 *
 * @returns null when `signal` ended it.
 * @throws UserError `service-failed`, `cannot-write`.
 */
export async function captureSetup(options: SetupOptions): Promise<Environment | null> {
  const {setup, limitSeconds, cwd, env, log, clock, token, signal, onStarted} = options;
  const folder = await mkdtemp(join(tmpdir(), 'mac-setup-'));
  const file = join(folder, 'environment');
  // A trap, because the command may end the shell itself.
  const script = [
    'PATH="$MAC_OUTER_PATH${PATH:+:$PATH}"',
    `trap '__mac_code=$?; [ "$__mac_code" -eq 0 ] && /usr/bin/env -0 >"$MAC_SETUP_FILE"; exit "$__mac_code"' EXIT`,
    setup,
  ].join('\n');
  const ended = new AbortController();
  const own = {MAC_SETUP_FILE: file, MAC_OUTER_PATH: env['PATH'] ?? '', [TOKEN_VARIABLE]: joinTokens(env, token)};
  try {
    const logFile = log.open(`${new Date(clock.now()).toISOString()} setup`);
    const argv = ['bash', '-lc', script] as const;
    const shell = new DetachedProcess({argv, cwd, env: {...env, ...own}, logFile, token, clock});
    onStarted(shell);
    const late = AbortSignal.any([signal, ended.signal]);
    const isLate = sleepUnlessAborted(clock, limitSeconds * 1000, late);
    const exit = await unlessAborted(Promise.race([shell.exit, isLate]), signal);
    if (exit === null) return null;
    if (typeof exit === 'boolean') {
      throw setupFailed(`has not ended in ${limitSeconds} s, its time limit`, log, GIVE_TIME);
    }
    if (exit.code !== 0) throw setupFailed(describeExit(exit), log);
    const text = await readFile(file, 'utf8').catch(() => undefined);
    if (text === undefined) throw setupFailed('left no environment: it must not replace its shell (exec)', log);
    const outer = env[TOKEN_VARIABLE];
    return {...parseEnvironment(text), ...(outer === undefined ? {} : {[TOKEN_VARIABLE]: outer})};
  } finally {
    ended.abort();
    await rm(folder, {recursive: true, force: true}).catch(() => undefined);
  }
}

/** Waits for a promise; null when the signal aborts first. */
export async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | null> {
  if (signal.aborted) return null;
  return await new Promise((resolve, reject) => {
    const onAbort = (): void => resolve(null);
    signal.addEventListener('abort', onAbort, {once: true});
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

/** Parses what `env -0` prints; values may hold lines. */
function parseEnvironment(text: string): Record<string, string> {
  const entries = text.split('\0').flatMap(entry => {
    const at = entry.indexOf('=');
    const name = entry.slice(0, at);
    return at <= 0 || NOT_KEPT.has(name) ? [] : [[name, entry.slice(at + 1)] as const];
  });
  return Object.fromEntries(entries);
}

function setupFailed(why: string, log: ProcessLog, hint = CORRECT_IT): UserError {
  return new UserError('service-failed', `the setup command ${why}; the end of ${log.path}:\n${log.lastLines()}`, {
    hint,
  });
}
