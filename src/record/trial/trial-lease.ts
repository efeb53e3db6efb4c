import type {TrialSet} from '../../core/trial.ts';
import type {GridManifest} from '../grid/grid-manifest.ts';
import type {GridRun} from '../grid/run-file.ts';
import type {Layout} from '../layout.ts';
import type {LeasePlace} from '../lease/peek-lease.ts';
import {trialFileName} from './trial-record.ts';

/**
 * Returns the place of a trial's leases. Trials of one set write the same files whatever run they are part of, so they
 * have one lease.
 */
export function placeTrialLease(layout: Layout, {kind, id}: Pick<TrialSet, 'kind' | 'id'>, trial: string): LeasePlace {
  return {root: layout.leases(`trial/${kind}/${id}`), folder: trialFileName(trial)};
}

/** Returns the places of the leases of a run's trials, by task number; none for a grid of conversations. */
export function placeTrialLeases(
  layout: Layout,
  {frontend: kind}: Pick<GridRun, 'frontend'>,
  {tasks}: Pick<GridManifest, 'tasks'>,
): Map<number, LeasePlace> {
  const places = new Map<number, LeasePlace>();
  if (kind === undefined) return places;
  for (const {task_id: task, experiment_name: trial, benchmark_subcategory: set} of tasks) {
    // As the plan of a file of trials names its sets.
    if (!set.startsWith(`${kind}/`)) continue;
    places.set(task, placeTrialLease(layout, {kind, id: set.slice(kind.length + 1)}, trial));
  }
  return places;
}
