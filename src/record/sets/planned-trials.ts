import type {TrialRun} from './trial-runs.ts';

/** A trial as the newest run that knows it has it. */
export interface PlannedTrial {
  readonly id: string;
  readonly key: string | undefined;
  /** An unfinished run is to do it. */
  readonly isDue: boolean;
}

/**
 * Returns the trials that runs of a set planned or left out, each as the newest of them has it: a run of a few tasks
 * (`--tasks`) knows what the others of its file have become.
 *
 * @param runs of the set, in the order in which they were submitted.
 * @param name of the set, with its kind.
 */
export function foldPlans(runs: readonly TrialRun[], name: string): PlannedTrial[] {
  const planned = new Map<string, PlannedTrial>();
  for (const {manifest, isActive} of runs) {
    const isDue = (id: string): boolean => planned.get(id)?.isDue === true;
    for (const {experiment_name: id, benchmark_subcategory: set, task_key: key} of manifest?.tasks ?? []) {
      if (set === name) planned.set(id, {id, key, isDue: isActive || isDue(id)});
    }
    for (const {experiment_name: id, benchmark_subcategory: set, task_key: key} of manifest?.left_out ?? []) {
      if (set === name) planned.set(id, {id, key, isDue: isDue(id)});
    }
  }
  return [...planned.values()];
}
