import type {TrialPlaces} from './trial-places.ts';
import type {Trial} from '../../core/trial.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface TrialEnvironmentOptions {
  readonly env: Environment;
  readonly trial: Trial;
  readonly places: TrialPlaces;
  /** Null where no process of its own runs. */
  readonly configFile: string | null;
  readonly limit: number | null;
  readonly attempt: number;
  readonly gpus: readonly string[] | null;
}

/**
 * Returns the environment of a trial's process and of its evaluators: ours with what services added, then the trial's
 * own, its GPUs, and the variables that say what it is. What does not apply is not set, even if ours has it: `mac` may
 * itself run in a trial.
 */
export function makeTrialEnvironment(options: TrialEnvironmentOptions): Environment {
  const {env, trial, places, configFile, limit, attempt, gpus} = options;
  return {
    ...env,
    ...trial.environment,
    ...(trial.runner.kind === 'module' && trial.runner.inspect ? {INSPECT_LOG_DIR: places.output} : {}),
    ...(gpus === null ? {} : {CUDA_VISIBLE_DEVICES: gpus.join(',')}),
    MAC_TRIAL_ID: trial.id,
    MAC_SEED: trial.seed === null ? undefined : String(trial.seed),
    MAC_OUTPUT_DIR: places.output,
    MAC_CONFIG_FILE: configFile ?? undefined,
    MAC_RESULT_FILE: places.result,
    MAC_LIMIT: limit === null ? undefined : String(limit),
    MAC_ATTEMPT: String(attempt),
  };
}
