import type {Clock} from '../core/clock.ts';

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

/** 0 done · 1 work left or failed · 2 the request was wrong · 70 our bug · 130/143 interrupted. */
export type ExitCode = number;
