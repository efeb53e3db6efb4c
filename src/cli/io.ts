import type {Clock} from '../core/clock.ts';

export interface Output {
  write(text: string): void;
  /** Whether a person looks at it: colours and redrawing only then. */
  readonly isTerminal: boolean;
  /** Columns of the terminal; 80 where there is none. */
  readonly columns: number;
  /** Rows of the terminal; 0 or absent where there is none, or it does not say. */
  readonly rows?: number;
  /** True when nobody reads any more (`| head`): long output may end. Absent: somebody always does. */
  readonly isClosed?: boolean;
}

/** What a command may touch besides the disk; wired to the real process in main.ts only. */
export interface CommandIo {
  /** The answer. */
  readonly stdout: Output;
  /** Progress, warnings, errors. */
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly clock: Clock;
}

/** 0 done · 1 work left or failed · 2 the request was wrong · 70 our bug · 130/143 interrupted. */
export type ExitCode = number;
