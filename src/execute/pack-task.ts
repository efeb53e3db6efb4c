import type {TaskConfig} from '../core/task-config.ts';
import type {OutcomeCounts} from '../core/conversation-outcome.ts';
import type {FailureCount} from '../record/formats.ts';
import type {TaskLabel} from './events.ts';

/** Where an earlier attempt at a task left its records. */
export interface EarlierAttempt {
  readonly configSnapshotPath: string;
  readonly submittedAtMs: number;
  /** Its manifest, where no record of the task names it. */
  readonly manifestPath?: string;
  /** It left no manifest: the index says what it recorded. */
  readonly isIndexed?: boolean;
}

/** What a pack needs to know of one task before it opens it. */
export interface PackTask {
  readonly label: TaskLabel;
  /** The grid run it belongs to; null for a repair of manifests whose grid manifest is gone. */
  readonly gridId: string | null;
  readonly index: number | null;
  /** `{pid}_{index}`, or `{pid}` for a repair. */
  readonly jobTaskId: string;
  /**
   * Computes the configuration; asked anew where it is needed, because keeping those of many tasks would fill the
   * memory.
   */
  readonly load: () => LoadedTask;
  /** Where an earlier attempt left its config snapshot; null when the task never started. */
  readonly earlier: EarlierAttempt | null;
  /** As stands in the config snapshot: `$MAC_FAIRNESS_WORKSPACE/bookkeeping/_grid_config_snapshot/…`. */
  readonly gridSnapshotReference: string | null;
  readonly questionLimit: number | null;
  /** How many questions it will have, for the progress display. */
  readonly expectedQuestions: number;
}

export interface LoadedTask {
  readonly key: string;
  /** From 1. */
  readonly repetition: number;
  readonly seed: number;
  readonly config: TaskConfig;
}

/** How questions ended that did not succeed, final or not, and why. */
export interface FailedQuestions {
  readonly outcomes: OutcomeCounts;
  readonly failures: readonly FailureCount[];
}

/** How a task's execution ended. `left`: questions that are still to be asked. */
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
