import type {TaskConfig} from '../core/task-config.ts';
import type {OutcomeCounts} from '../core/conversation-outcome.ts';
import type {TrialSet} from '../core/trial.ts';
import type {PlannedTrial} from '../plan/trial-plan.ts';
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

interface CommonTask {
  readonly label: TaskLabel;
  /** Its grid run; null for a repair of manifests whose grid manifest is gone. */
  readonly gridId: string | null;
  readonly index: number | null;
  /** Number of units that it will have (questions; 1 for a trial), for the progress display. */
  readonly expectedQuestions: number;
}

/** A task of conversations, before it is opened. */
export interface ConversationTask extends CommonTask {
  readonly kind: 'conversations';
  /** `{pid}_{index}`, or `{pid}` for a repair. */
  readonly jobTaskId: string;
  /** Computes the configuration, wherever it is needed: keeping those of many tasks would fill the memory. */
  readonly load: () => LoadedTask;
  /** Null when the task never started. */
  readonly earlier: EarlierAttempt | null;
  /** As in the config snapshot: `$MAC_FAIRNESS_WORKSPACE/bookkeeping/_grid_config_snapshot/…`. */
  readonly gridSnapshotReference: string | null;
  readonly questionLimit: number | null;
}

/** A task that is one trial, before it is opened. */
export interface TrialTask extends CommonTask {
  readonly kind: 'trial';
  readonly gridId: string;
  readonly index: number;
  readonly planned: PlannedTrial;
  readonly set: TrialSet;
  /** Time at which its run was submitted. */
  readonly submittedAtMs: number;
  /** `--limit`. */
  readonly limit: number | null;
  /** Run it even if an earlier run has done the same (`--force`). */
  readonly isForced: boolean;
}

/** One task of a pack. */
export type PackTask = ConversationTask | TrialTask;

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

/** The end of a task's execution. `left`: units that are still to be worked on. */
export type TaskOutcome =
  | ({readonly kind: 'done'; readonly succeeded: number} & FailedQuestions)
  | ({
      readonly kind: 'incomplete';
      readonly succeeded: number;
      readonly failed: number;
      readonly left: number;
      /** Says why a trial failed; questions have `failures`. */
      readonly reason?: string;
    } & FailedQuestions)
  | ({readonly kind: 'stopped'; readonly reason: string; readonly left: number} & Partial<FailedQuestions>)
  | {readonly kind: 'refused'; readonly reason: string};
