import type {Clock} from '../../core/clock.ts';
import type {TrialSet} from '../../core/trial.ts';
import type {PlannedTrial} from '../../plan/trial-plan.ts';
import type {Layout} from '../../record/layout.ts';
import type {ExecutorIdentity} from '../../record/lease/executor-identity.ts';
import type {Fence} from '../../record/lease/fence.ts';
import type {TrialRecord} from '../../record/trial/trial-record.ts';
import type {StopSwitch} from '../guards/stop.ts';
import type {GpuSlots} from './gpu-slots.ts';

/** A trial to run, with all that it needs. */
export interface RunTrialOptions {
  readonly planned: PlannedTrial;
  readonly set: TrialSet;
  /** Run that executes it. */
  readonly gridId: string | null;
  /** Number of its task in that run. */
  readonly taskIndex: number | null;
  /** `--limit` */
  readonly limit: number | null;
  readonly layout: Layout;
  readonly clock: Clock;
  /** Environment of its processes, with what services added. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly gpus: GpuSlots;
  /** Number of its lease. */
  readonly attempt: number;
  readonly where: ExecutorIdentity;
  /** Its record, as read under the lease. */
  readonly earlier: TrialRecord | undefined;
  /** Runs it even if `earlier` did the very same; otherwise only evaluators that are missing or failed run then. */
  readonly again?: boolean;
  /** Around the folder of its record. */
  readonly fence: Pick<Fence, 'write'>;
  /** @throws UserError `lease-lost`. */
  readonly requireCurrent: () => Promise<void>;
  /** Aborts when the lease is lost: then its processes end at once, and nothing is recorded. */
  readonly lost?: AbortSignal;
  /** `requested`: no process starts any more. `expired`: those that run are ended. */
  readonly stop: Pick<StopSwitch, 'requested' | 'expired'>;
}
