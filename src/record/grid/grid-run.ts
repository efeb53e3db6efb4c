import {hostname} from 'node:os';
import {basename} from 'node:path';

import {sha256} from '../../core/seeds/hash.ts';
import {createFileExclusive, removeFolder, removeIfExists, writeFileAtomic} from '../disk/atomic-file.ts';
import {listActiveRuns, readGridRun} from './active-runs.ts';
import {readArchivedGrid, type ArchivedGrid} from './archive.ts';
import {runFile, type GridRun} from './run-file.ts';
import {looksComplete, readGridManifest} from './grid-manifest.ts';
import {renderJson} from '../disk/json-text.ts';
import type {Layout} from '../layout.ts';
import {readIfExists} from '../disk/read-file.ts';
import {withLock, withLockIfFree} from '../disk/shared-lock.ts';
import {writeGridSnapshot} from './snapshots.ts';
import {fileTimestamp, jsonTimestamp} from '../disk/timestamps.ts';
import {
  projectGridManifest,
  removeGridManifest,
  writeGridManifest,
  type LeftOutTask,
  type PlannedTask,
} from './project-manifest.ts';

export interface CreateGridRunsOptions {
  readonly configPath: string;
  readonly configText: string | Uint8Array;
  readonly submittedAtMs: number;
  readonly repetitions: number;
  readonly macVersion: string;
  /** Of one repetition. */
  readonly questionsPlanned: number;
  readonly questionLimit?: number | undefined;
  readonly taskIds?: readonly number[] | undefined;
  readonly skippedTasks?: readonly number[];
  readonly submittedTo?: 'slurm' | undefined;
  /** Facts about a file of trials that its run needs when it goes on. */
  readonly trials?: Pick<GridRun, 'frontend' | 'config_folder' | 'run_name' | 'grouping' | 'forced'> | undefined;
  /** The tasks of one repetition: names may hold its time, keys its number. */
  readonly makeTasks: (repetition: number, submittedAtMs: number) => readonly PlannedTask[];
  /** Called after `makeTasks`: the trials of the plan that are none of them. */
  readonly listLeftOut?: (repetition: number) => readonly LeftOutTask[];
}

/**
 * Writes the grid snapshot and, for every repetition, its run file and manifest, before anything runs: a repetition
 * that never gets its turn is then missing work like any other, not forgotten. All or nothing: what was written is
 * removed when the rest cannot be.
 *
 * @throws UserError `cannot-write`.
 */
export async function createGridRuns(layout: Layout, options: CreateGridRunsOptions): Promise<GridRun[]> {
  const snapshot = await writeGridSnapshot(layout, options.configPath, options.configText, options.submittedAtMs);
  const runs: GridRun[] = [];
  const reserved: string[] = [];
  try {
    let nextMs = snapshot.submittedAtMs;
    for (let repetition = 1; repetition <= options.repetitions; repetition++) {
      const {gridId, submittedAtMs} = await reserveGridId(layout, nextMs);
      reserved.push(gridId);
      nextMs = submittedAtMs + 1;
      const tasks = options.makeTasks(repetition, submittedAtMs);
      const run: GridRun = {
        schema: 'mac.grid-run/1',
        grid_id: gridId,
        grid_config_snapshot_path: layout.display(snapshot.path),
        config_name: basename(options.configPath),
        submission_timestamp: jsonTimestamp(submittedAtMs),
        pid: process.pid,
        host: hostname(),
        repetition,
        repetitions: options.repetitions,
        num_tasks_planned: tasks.length,
        num_questions_planned: options.questionsPlanned,
        mac_version: options.macVersion,
        ...(options.questionLimit === undefined ? {} : {question_limit: options.questionLimit}),
        ...(options.taskIds === undefined ? {} : {task_ids: options.taskIds}),
        ...(options.skippedTasks?.length ? {skipped_tasks: options.skippedTasks} : {}),
        config_sha256: sha256(options.configText),
        ...options.trials,
        ...(options.submittedTo === undefined ? {} : {submitted_to: options.submittedTo}),
      };
      await writeFileAtomic(runFile(layout, gridId), renderJson(run));
      await writeGridManifest(layout, run, tasks, options.listLeftOut?.(repetition));
      runs.push(run);
    }
  } catch (error) {
    for (const gridId of reserved) await removeGridRun(layout, gridId).catch(() => undefined);
    await removeIfExists(snapshot.path).catch(() => undefined);
    throw error;
  }
  return runs;
}

async function reserveGridId(layout: Layout, fromMs: number): Promise<{gridId: string; submittedAtMs: number}> {
  for (let submittedAtMs = fromMs; ; submittedAtMs++) {
    const gridId = `${fileTimestamp(submittedAtMs)}_${process.pid}`;
    // An empty manifest reads as "being written" until the real one replaces it.
    if ((await createFileExclusive(layout.gridManifest(gridId), '')) === 'created') return {gridId, submittedAtMs};
  }
}

/**
 * Ends a grid run whose tasks all succeeded: its manifest goes to the archive, then records, leases and manifest are
 * removed, and the grid snapshot with the last run that needs it. Cheap while tasks are left, since every executor asks
 * when it ends; several may end a run at once.
 *
 * @throws UserError `cannot-write`, `cannot-read`, `lock-timeout`.
 */
export async function finishGridRun(layout: Layout, gridId: string, nowMs: number): Promise<void> {
  await projectGridManifest(layout, gridId);
  if (!(await looksComplete(layout.gridManifest(gridId)))) return;
  // Of the executors that end together one does the rest; if it dies on the way, the run is still listed and resume
  // ends it.
  await withLockIfFree(layout.archivedGrid(gridId), () => archiveIfComplete(layout, gridId, nowMs));
}

async function archiveIfComplete(layout: Layout, gridId: string, nowMs: number): Promise<void> {
  // Looked at in full before anything is removed.
  await projectGridManifest(layout, gridId, {all: true});
  const manifest = await readGridManifest(layout.gridManifest(gridId));
  if (typeof manifest === 'string' || manifest.num_tasks_succeeded < manifest.tasks.length) return;
  const snapshotPath = layout.resolve(manifest.grid_config_snapshot_path);
  const config = (await readIfExists(snapshotPath)) ?? '';
  const skipped = (await readGridRun(layout, gridId))?.skipped_tasks;
  // Another may have been faster, and removed the config already: what it archived is whole.
  if ((await readArchivedGrid(layout.archivedGrid(gridId))) === undefined) {
    const archived: ArchivedGrid = {
      schema: 'mac.grid-archive/1',
      completed_at: jsonTimestamp(nowMs),
      // The older system's has no id.
      manifest: {...manifest, grid_id: gridId},
      config,
      ...(skipped ? {skipped_tasks: skipped} : {}),
    };
    await writeFileAtomic(layout.archivedGrid(gridId), renderJson(archived));
  }
  await withLock(snapshotPath, async () => {
    await removeGridRun(layout, gridId);
    const others = await listActiveRuns(layout);
    if (others.every(run => run.grid_config_snapshot_path !== manifest.grid_config_snapshot_path)) {
      await removeIfExists(snapshotPath);
    }
  });
}

/**
 * Takes back runs of which nothing came: nothing ran and nothing was submitted. The snapshot goes with the last run
 * that needs it.
 */
export async function discardGridRuns(layout: Layout, runs: readonly GridRun[]): Promise<void> {
  for (const run of runs) await removeGridRun(layout, run.grid_id);
  for (const reference of new Set(runs.map(({grid_config_snapshot_path: path}) => path))) {
    const snapshot = layout.resolve(reference);
    await withLock(snapshot, async () => {
      const others = await listActiveRuns(layout);
      if (others.every(run => run.grid_config_snapshot_path !== reference)) await removeIfExists(snapshot);
    });
  }
}

/**
 * Removes what an unfinished run has and a finished one has not; last the manifest, by which it is listed, so that a
 * crash leaves nothing that nobody finds.
 */
export async function removeGridRun(layout: Layout, gridId: string): Promise<void> {
  await removeFolder(layout.taskRecords(gridId));
  await removeFolder(layout.leases(gridId));
  await removeGridManifest(layout, gridId);
}
