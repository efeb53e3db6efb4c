import {listActiveRuns} from '../../record/grid/active-runs.ts';
import {readGridManifest, type GridManifestTask} from '../../record/grid/grid-manifest.ts';
import type {GridRun} from '../../record/grid/run-file.ts';
import type {Layout} from '../../record/layout.ts';
import type {RecordedSet} from '../../record/trial/list-trial-sets.ts';

/** A trial that an unfinished run planned. */
export interface PlannedTrialName {
  readonly id: string;
  readonly key: string | undefined;
}

/**
 * Returns what unfinished runs planned of a set, each trial as the newest run has it; of a finished run everything is
 * recorded.
 *
 * @throws UserError `cannot-read`.
 */
export async function listPlannedTrials(
  layout: Layout,
  set: Pick<RecordedSet, 'kind' | 'id'>,
): Promise<PlannedTrialName[]> {
  const planned = new Map<string, PlannedTrialName>();
  for (const run of await listTrialRuns(layout)) {
    if (run.frontend !== set.kind) continue;
    for (const task of await readTasks(layout, run)) {
      if (task.benchmark_subcategory !== nameSet(set)) continue;
      planned.set(task.experiment_name, {id: task.experiment_name, key: task.task_key});
    }
  }
  return [...planned.values()];
}

/** Returns the sets of unfinished runs, whether or not anything is recorded. @throws UserError `cannot-read`. */
export async function listPlannedSets(layout: Layout): Promise<RecordedSet[]> {
  const names = new Map<string, RecordedSet>();
  for (const run of await listTrialRuns(layout)) {
    const kind = run.frontend ?? '';
    for (const {benchmark_subcategory: name} of await readTasks(layout, run)) {
      if (name.startsWith(`${kind}/`)) names.set(name, {kind, id: name.slice(kind.length + 1), paths: []});
    }
  }
  return [...names.values()];
}

/** Returns `study/my_study`, as messages and captions call it. */
export function nameSet({kind, id}: Pick<RecordedSet, 'kind' | 'id'>): string {
  return `${kind}/${id}`;
}

/** Lists the unfinished runs of trials, oldest first. */
async function listTrialRuns(layout: Layout): Promise<GridRun[]> {
  return (await listActiveRuns(layout)).filter(({frontend}) => frontend !== undefined);
}

async function readTasks(layout: Layout, {grid_id: id}: GridRun): Promise<readonly GridManifestTask[]> {
  const manifest = await readGridManifest(layout.gridManifest(id));
  return typeof manifest === 'string' ? [] : manifest.tasks;
}
