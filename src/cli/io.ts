import {readEnvironment} from '../config/workspace.ts';
import type {Clock} from '../core/clock.ts';
import {createLayout, type Layout} from '../record/layout.ts';
import type {Caller} from '../runs/caller.ts';

export interface Output {
  write(text: string): void;
  /** True when a person is looking: only then use colours and redraw. */
  readonly isTerminal: boolean;
  /** Columns of the terminal; 80 where there is none. */
  readonly columns: number;
  /** Rows of the terminal; 0 or absent where there is none, or it does not say. */
  readonly rows?: number;
  /** True when the reader has gone (`| head`), so that long output may end; absent where that cannot happen. */
  readonly isClosed?: boolean;
}

/** Everything a command may touch besides the disk; only main.ts connects it to the real process. */
export interface CommandIo {
  /** Takes the answer. */
  readonly stdout: Output;
  /** Takes progress, warnings and errors. */
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly clock: Clock;
}

export type {ExitCode} from '../runs/caller.ts';

/** Returns a command as the functions of `runs/` see it: what they notice goes to stderr. */
export function toCaller({env, cwd, clock, stderr}: CommandIo): Caller {
  return {env, cwd, clock, onNotice: line => stderr.write(`${line}\n`)};
}

/** Returns the layout of the workspace in which a command runs. */
export function openLayout({env, cwd}: CommandIo): Layout {
  return createLayout(readEnvironment(env, cwd));
}
