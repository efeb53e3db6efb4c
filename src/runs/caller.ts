import type {Clock} from '../core/clock.ts';

/** A command, a viewer or a test that runs a grid. The room prints nothing itself. */
export interface Caller {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly clock: Clock;
  /** Receives each line that a user should see besides the result, in the order in which it is found. */
  readonly onNotice: (line: string) => void;
}

/** 0 done · 1 work left or failed · 2 the request was wrong · 70 our bug · 130/143 interrupted. */
export type ExitCode = number;
