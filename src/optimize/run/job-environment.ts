import type {Clock} from '../../core/clock.ts';

/** The surroundings of a job. */
export interface JobEnvironment {
  /** Folder of the job's files. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly attempt: number;
  readonly print: (line: string) => void;
  readonly signal: AbortSignal;
}
