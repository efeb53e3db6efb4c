import type {Problem} from '../config/problem.ts';
import type {ConfigSource} from '../config/report.ts';
import type {Mapping} from '../core/mapping.ts';
import type {Trial, TrialSet} from '../core/trial.ts';

/** Settings of a set's file for running its trials; flags are laid over it. */
export interface TrialPolicy {
  /** Most trials that run at once; `all` for as many as there are. */
  readonly maxParallel: number | 'all';
  /** Start none after one has failed. */
  readonly failFast: boolean;
  readonly resume: 'auto' | 'failed' | 'none';
}

/** Commands that are run beside trials, once for all that a process executes. */
export interface Services {
  /** Shell command; what it sets in its environment, the server and the trials have. */
  readonly setup?: string | undefined;
  readonly setupTimeoutSeconds?: number | undefined;
  /** Shell command of a server; `{port}` is a free port. */
  readonly server?: string | undefined;
  /** Asked until it answers 2xx or 3xx before the first trial starts; `{port}` as in `server`. */
  readonly readyUrl?: string | undefined;
  readonly readyTimeoutSeconds: number;
}

/** A trial with its number in the plan and its key. */
export interface PlannedTrial {
  /** From 0; the array index on a cluster. */
  readonly index: number;
  /** Hash of all that would change the result: 16 hex digits. */
  readonly key: string;
  readonly trial: Trial;
}

/** The trials of a study, a benchmark matrix or a suite. */
export interface TrialPlan {
  readonly makes: 'trials';
  readonly frontend: string;
  readonly name: string;
  readonly source: {readonly path: string; readonly sha256: string};
  readonly locate: ConfigSource['locate'];
  readonly set: TrialSet;
  readonly size: number;
  readonly trials: readonly PlannedTrial[];
  readonly axes: readonly {readonly name: string; readonly values: readonly string[]}[];
  readonly warnings: readonly Problem[];
  readonly policy: TrialPolicy;
  readonly services: Services | null;
  readonly groupings: Readonly<Record<string, readonly string[]>>;
  readonly details: Mapping;
  /** As `TrialContext`; what the plan was compiled with. */
  readonly runName: string | null;
  readonly home: string;
}
