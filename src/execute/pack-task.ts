import type {TaskConfig} from '../core/task-config.ts';
import type {OutcomeCounts} from '../core/conversation-outcome.ts';
import type {FailureCount} from '../record/formats.ts';
import type {TaskLabel} from './events.ts';

/** An earlier attempt at a task, with the places of its records. */
export interface EarlierAttempt {
  readonly configSnapshotPath: string;
  readonly submittedAtMs: number;
  /** Path of its manifest, where no record of the task names it. */
  readonly manifestPath?: string;
  /** True when it left no manifest: the index says what it recorded. */
  readonly isIndexed?: boolean;
}

/** One task of a pack, before it is opened. */
export interface PackTask {
  readonly label: TaskLabel;
  /** Its grid run; null for a repair of manifests whose grid manifest is gone. */
  readonly gridId: string | null;
  readonly index: number | null;
  /** `{pid}_{index}`, or `{pid}` for a repair. */
  readonly jobTaskId: string;
  /** Computes the configuration, wherever it is needed: keeping those of many tasks would fill the memory. */
  readonly load: () => LoadedTask;
  /** Null when the task never started. */
  readonly earlier: EarlierAttempt | null;
  /** As in the config snapshot: `$MAC_FAIRNESS_WORKSPACE/bookkeeping/_grid_config_snapshot/…`. */
  readonly gridSnapshotReference: string | null;
  readonly questionLimit: number | null;
  /** Number of questions that it will have, for the progress display. */
  readonly expectedQuestions: number;
}

export interface LoadedTask {
  readonly key: string;
  /** From 1. */
  readonly repetition: number;
  readonly seed: number;
  readonly config: TaskConfig;
}

/** Questions that did not succeed, final or not: their outcomes and why. */
export interface FailedQuestions {
  readonly outcomes: OutcomeCounts;
  readonly failures: readonly FailureCount[];
}

/** The end of a task's execution. `left`: questions that are still to be asked. */
export type TaskOutcome =
  | ({readonly kind: 'done'; readonly succeeded: number} & FailedQuestions)
  | ({
      readonly kind: 'incomplete';
      readonly succeeded: number;
      readonly failed: number;
      readonly left: number;
    } & FailedQuestions)
  | ({readonly kind: 'stopped'; readonly reason: string; readonly left: number} & Partial<FailedQuestions>)
  | {readonly kind: 'refused'; readonly reason: string};
