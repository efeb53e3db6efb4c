import {spawn, type ChildProcess} from 'node:child_process';
import {accessSync, closeSync, constants} from 'node:fs';
import {delimiter, join} from 'node:path';

import type {Clock} from '../../core/clock.ts';
import {deferred} from '../../core/deferred.ts';
import {findTree, readStartTime, stopTree, type ProcessTree} from './process-tree.ts';

/** The end of a process. */
export interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Set when the command could not even be started. */
  readonly error?: string;
}

export interface DetachedProcessOptions {
  readonly argv: readonly [string, ...string[]];
  /** Must have `token` in `TOKEN_VARIABLE`. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Open file for standard output and error, which the constructor closes. */
  readonly logFile: number;
  readonly token: string;
  readonly cwd: string;
  readonly clock: Clock;
}

/** SIGTERM to SIGKILL: an engine that frees its GPUs takes a few seconds. */
const TERM_MS = 10_000;

/** One running program with all that it starts, in a session of its own. */
export class DetachedProcess {
  readonly pid: number;
  readonly tree: ProcessTree;
  readonly #child: ChildProcess;
  readonly #exit = deferred<ProcessExit>();
  readonly #clock: Clock;
  #ended: ProcessExit | null = null;

  constructor({argv, env, logFile, token, cwd, clock}: DetachedProcessOptions) {
    const [file, ...args] = withDeathSignal(argv);
    this.#clock = clock;
    try {
      this.#child = spawn(file, args, {cwd, env, detached: true, stdio: ['ignore', logFile, logFile]});
    } finally {
      closeSync(logFile);
    }
    this.pid = this.#child.pid ?? 0;
    const roots = this.pid === 0 ? [] : [{pid: this.pid, start: readStartTime(this.pid)}];
    this.tree = {roots, token};
    this.#child.once('exit', (code, signal) => this.#end({code, signal}));
    this.#child.once('error', error => this.#end({code: null, signal: null, error: error.message}));
  }

  get exit(): Promise<ProcessExit> {
    return this.#exit.promise;
  }

  /** Returns the end of the process; null while it runs. */
  get ended(): ProcessExit | null {
    return this.#ended;
  }

  get root(): {readonly pid: number; readonly start: string | null} | undefined {
    return this.tree.roots[0];
  }

  /** Counts its living processes. */
  countAlive(): number {
    return findTree(this.tree).length;
  }

  /**
   * Ends it and everything it started, also what outlived it or left its group.
   *
   * @param termMs from SIGTERM to SIGKILL.
   * @returns the number of processes that cannot be killed.
   */
  async stop(termMs = TERM_MS): Promise<number> {
    const left = await stopTree(this.tree, {termMs, sleep: ms => this.#clock.sleep(ms)});
    return left.length;
  }

  #end(exit: ProcessExit): void {
    this.#ended ??= exit;
    this.#exit.resolve(exit);
  }
}

/** Returns whether a process was ended by a signal, itself or the command that its shell ran last. */
export function endedBySignal({code, signal}: ProcessExit): boolean {
  return signal !== null || (code !== null && code > 128);
}

/** Describes an end in words: `ended with exit code 1`, `was killed by SIGKILL`. */
export function describeExit({code, signal, error}: ProcessExit): string {
  if (error !== undefined) return `could not be started: ${error}`;
  if (signal !== null) return `was killed by ${signal}`;
  if (code !== null && code > 128) return `ended with exit code ${code} (signal ${code - 128})`;
  if (code === 127) return 'ended with exit code 127: its command was not found';
  return `ended with exit code ${code}`;
}

/** Makes the first process end with this one where the system can, even if nothing is left to stop it. */
function withDeathSignal(argv: DetachedProcessOptions['argv']): readonly [string, ...string[]] {
  return hasSetpriv() ? ['setpriv', '--pdeathsig', 'TERM', '--', ...argv] : argv;
}

let setprivKnown: boolean | undefined;

function hasSetpriv(): boolean {
  setprivKnown ??= (process.env['PATH'] ?? '').split(delimiter).some(folder => {
    try {
      accessSync(join(folder, 'setpriv'), constants.X_OK);
      return folder !== '';
    } catch {
      return false;
    }
  });
  return setprivKnown;
}
