import type {ResumeMode} from '../record/trial/decide.ts';
import type {ProfileOptions} from '../slurm/profile/profile-flags.ts';
import type {Escalation} from '../slurm/submit/escalate.ts';
import type {GuardOptions} from './guards.ts';
import type {TaskRange} from './task-ranges.ts';

/** Options of running tasks on this machine. */
export interface ExecuteRequest extends ProfileOptions, GuardOptions {
  /** Limit of tasks that are open at once. */
  readonly maxParallel?: number;
  /** Stop at the first question that fails. */
  readonly failFast?: boolean;
  /** All tasks where it is absent. */
  readonly tasks?: readonly TaskRange[];
}

/** Options of files of trials. */
export interface TrialOptions {
  /** All tasks where it is absent. */
  readonly tasks?: readonly TaskRange[];
  /** Only trials with these labels: texts `label=value[,value…]`. */
  readonly only?: readonly string[];
  /** Run trials even if they are done. */
  readonly force?: boolean;
  /** Overrules which trials the file says are to run again. */
  readonly resume?: ResumeMode;
  /** Name of the way to put trials into jobs on Slurm. */
  readonly arrayMode?: string;
}

/** Options of making a new run of a config. */
interface NewRun extends TrialOptions {
  /** All tasks where it is absent. */
  readonly tasks?: readonly TaskRange[];
  /** Repetitions; 1 by default. */
  readonly rep?: number;
  /** Ask only the first questions of each task. */
  readonly limit?: number;
  /** Leave out invalid tasks instead of refusing the config. */
  readonly skipInvalid?: boolean;
}

/** A config whose tasks are to be run here. */
export interface RunRequest extends ExecuteRequest, NewRun {}

/** Options of submitting again what is missing of grid runs. */
export interface SlurmResumeRequest extends ProfileOptions, GuardOptions {
  readonly tasks?: readonly TaskRange[];
  readonly dryRun?: boolean;
  /** More memory or time for tasks that ran out of it. */
  readonly escalate?: Escalation;
  /** A shell command that Slurm runs after all jobs. */
  readonly afterAll?: string;
  /** Jobs to wait for, as `sbatch --dependency` takes them. */
  readonly dependency?: string;
}

/** A config whose tasks are to be submitted to Slurm. */
export interface SubmitRequest extends ProfileOptions, GuardOptions, NewRun {
  readonly dependency?: string;
  readonly afterAll?: string;
}
