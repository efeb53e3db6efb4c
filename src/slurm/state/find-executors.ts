import type {Clock} from '../../core/clock.ts';
import {readGridManifest} from '../../record/grid/grid-manifest.ts';
import {listRunTasks, type GridRun} from '../../record/grid/run-file.ts';
import type {Layout} from '../../record/layout.ts';
import type {ExecutorIdentity} from '../../record/lease/executor-identity.ts';
import {findHeldTasks} from '../../record/lease/peek-lease.ts';
import {placeTrialLeases} from '../../record/trial/trial-lease.ts';

/**
 * Finds the processes that work on tasks of a grid run now, as far as leases tell; each once.
 *
 * @throws UserError `cannot-read`.
 */
export async function findExecutors(layout: Layout, run: GridRun, clock: Clock): Promise<ExecutorIdentity[]> {
  const manifest = await readGridManifest(layout.gridManifest(run.grid_id));
  const isKnown = typeof manifest !== 'string';
  const tasks = isKnown ? manifest.tasks.map(({task_id: task}) => task) : listRunTasks(run);
  const places = isKnown ? placeTrialLeases(layout, run, manifest) : new Map();
  const held = await findHeldTasks(layout, {gridId: run.grid_id, tasks, clock, places});
  const executors = new Map([...held.values()].map(holder => [`${holder.host}/${holder.pid}`, holder]));
  return [...executors.values()];
}
