import {randomBytes} from 'node:crypto';
import {basename, dirname, join} from 'node:path';

import {UserError} from '../../core/errors.ts';
import {cannotWrite, ensureFolder, removeIfExists} from '../disk/atomic-file.ts';
import {renderJson} from '../disk/json-text.ts';
import {listFolder} from '../disk/list-folder.ts';
import {withLock, withLockIfFree, type Hold} from '../disk/shared-lock.ts';
import type {Layout} from '../layout.ts';
import {raiseUnnumberedFence, type Fence} from '../lease/fence.ts';
import {isReflectedIn, listChanges, removeChanges} from '../task/task-changes.ts';
import {readTaskRecords, readTaskRecordsById} from '../task/task-record.ts';
import {foldRecords, readGridManifest, type GridManifest, type GridManifestTask} from './grid-manifest.ts';
import type {GridRun} from './run-file.ts';

/** A task as the plan knows it: what a grid manifest says of a task that has not started. */
export type PlannedTask = Pick<
  GridManifestTask,
  'task_id' | 'experiment_name' | 'benchmark_subcategory' | 'grid_sweep_specs' | 'skip_cleanup'
> & {readonly task_key: string};

/** A task of the plan that a run leaves out. */
export type LeftOutTask = NonNullable<GridManifest['left_out']>[number];

/**
 * Writes the manifest of a run from the plan and the task records; also mends one that was lost or damaged. That of a
 * run in the archive stays gone.
 *
 * @param leftOut trials of the plan that are no tasks of this run.
 * @throws UserError `cannot-write`, `cannot-read`, `lock-timeout`.
 */
export async function writeGridManifest(
  layout: Layout,
  run: GridRun,
  tasks: readonly PlannedTask[],
  leftOut: readonly LeftOutTask[] = [],
): Promise<void> {
  const path = layout.gridManifest(run.grid_id);
  await withLock(path, async hold => {
    if ((await listFolder(layout.gridArchive)).includes(basename(layout.archivedGrid(run.grid_id)))) return;
    const fence = await raiseManifestFence(path);
    try {
      const fresh: GridManifest = {
        grid_config_snapshot_path: run.grid_config_snapshot_path,
        pid: run.pid,
        submission_timestamp: run.submission_timestamp,
        num_tasks_planned: tasks.length,
        num_tasks_succeeded: 0,
        tasks: tasks.map(({task_key, ...task}) => ({
          ...task,
          status: null,
          started_at: null,
          completed_at: null,
          task_key,
        })),
        created_at: run.submission_timestamp,
        grid_id: run.grid_id,
        repetition: run.repetition,
        repetitions: run.repetitions,
        host: run.host,
        mac_version: run.mac_version,
        ...(run.question_limit === undefined ? {} : {question_limit: run.question_limit}),
        ...(run.frontend === undefined ? {} : {frontend: run.frontend}),
        ...(run.config_folder === undefined ? {} : {config_folder: run.config_folder}),
        ...(leftOut.length === 0 ? {} : {left_out: leftOut}),
      };
      const records = await readTaskRecords(layout, run.grid_id);
      hold.requireHeld();
      await fence.write(path, renderJson(foldRecords(fresh, records)));
    } finally {
      await fence.lower();
    }
  });
}

/**
 * Folds the task records that changed into the grid manifest. Costs what changed and one rewrite, whatever the number
 * of tasks that did not; nothing when nothing changed. A manifest that is gone belongs to a finished run and stays
 * gone; a damaged one is left for resume, which can make it again.
 *
 * @param all compares every record: for what the notes of changes may have missed (a power failure), and to wait for
 * the lock.
 * @returns whether all that was noted is in the manifest now; `busy` when another process is projecting.
 * @throws UserError `cannot-write`, `cannot-read`, with `all` also `lock-timeout`.
 */
export async function projectGridManifest(
  layout: Layout,
  gridId: string,
  {all = false} = {},
): Promise<'current' | 'behind' | 'busy'> {
  if (!all && (await listChanges(layout, gridId)).length === 0) return 'current';
  const path = layout.gridManifest(gridId);
  const project = (hold: Hold): Promise<'current' | 'behind' | 'busy'> => projectUnderLock(layout, gridId, {all, hold});
  return all ? withLock(path, project) : withLockIfFree(path, project);
}

async function projectUnderLock(
  layout: Layout,
  gridId: string,
  {all, hold}: {all: boolean; hold: Hold},
): Promise<'current' | 'behind' | 'busy'> {
  const path = layout.gridManifest(gridId);
  // Before anything is read: what is read from here on cannot be crossed by an earlier holder that wakes up.
  const fence = await raiseManifestFence(path);
  try {
    const changes = await listChanges(layout, gridId);
    const manifest = await readGridManifest(path);
    if (typeof manifest === 'string' || (!all && changes.length === 0)) return 'current';
    const changed = [...new Set(changes.map(({taskId}) => taskId))];
    const records = await (all ? readTaskRecords(layout, gridId) : readTaskRecordsById(layout, gridId, changed));
    hold.requireHeld();
    await fence.write(path, renderJson(foldRecords(manifest, records)));
    const taken = changes.filter(change => isReflectedIn(change, records.get(change.taskId)));
    await removeChanges(taken);
    return taken.length === changes.length ? 'current' : 'behind';
  } catch (error) {
    if (error instanceof UserError && error.code === 'lease-lost') return 'busy';
    throw error;
  } finally {
    await fence.lower();
  }
}

/** Removes a manifest, behind whoever projects it now: nobody puts it back. @throws UserError `cannot-write`. */
export async function removeGridManifest(layout: Layout, gridId: string): Promise<void> {
  const path = layout.gridManifest(gridId);
  try {
    await withLock(path, async () => {
      const fence = await raiseManifestFence(path);
      await removeIfExists(path).finally(() => fence.lower());
    });
  } catch {
    // A full disk takes neither lock nor fence, which is no reason to keep what can be removed.
    await removeIfExists(path);
  }
}

/**
 * Raises a fence beside the lock, which can be taken from a process that sleeps: its manifest must not replace a newer
 * one when it wakes.
 */
async function raiseManifestFence(path: string): Promise<Fence> {
  const folder = dirname(path);
  const prefix = `.${basename(path)}.`;
  try {
    await ensureFolder(folder);
    const others = (await listFolder(folder)).filter(name => name.startsWith(prefix) && name.endsWith('.fence'));
    const home = join(folder, `${prefix}${randomBytes(6).toString('hex')}.fence`);
    return await raiseUnnumberedFence(
      folder,
      home,
      others.map(name => join(folder, name)),
    );
  } catch (error) {
    throw cannotWrite(path, error);
  }
}
