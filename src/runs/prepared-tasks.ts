import type {PackTask} from '../execute/pack-task.ts';
import type {TrialPlan} from '../plan/trial-plan.ts';
import type {Layout} from '../record/layout.ts';
import type {ClusterProfile} from '../slurm/profile/profile-schema.ts';

/** Tasks of one or several grid runs, ready to be executed by this process. */
export interface PreparedTasks {
  readonly layout: Layout;
  readonly tasks: readonly PackTask[];
  /** The grid runs they belong to; those that are complete afterwards are archived. */
  readonly gridIds: readonly string[];
  /** The profile of their last submission to Slurm, if there was one: what flags say is laid over it. */
  readonly lastProfile?: ClusterProfile | undefined;
  /** The command that goes on after an interruption. */
  readonly resumeCommand: string;
  /** Tasks of the config that were left out because they are invalid; they are no part of the run. */
  readonly skippedTasks: number;
  /** Plans of the trials among them: what derives from their records is written again afterwards. */
  readonly trialPlans: readonly TrialPlan[];
}
