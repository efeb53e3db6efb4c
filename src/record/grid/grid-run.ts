import {hostname} from 'node:os';
import {basename, join} from 'node:path';

import {sha256} from '../../core/hash.ts';
import {createFileExclusive, removeFolder, removeIfExists, writeFileAtomic} from '../disk/atomic-file.ts';
import type {GridManifest} from '../formats.ts';
import {
  looksComplete,
  projectGridManifest,
  readGridManifest,
  removeGridManifest,
  writeGridManifest,
  type PlannedTask,
} from './grid-manifest.ts';
import {renderJson} from '../disk/json-text.ts';
import type {Layout} from '../layout.ts';
import {listFolder} from '../disk/list-folder.ts';
import {readIfExists, readJsonIfIntact} from '../disk/read-file.ts';
import {withLock, withLockIfFree} from '../disk/shared-lock.ts';
import {writeGridSnapshot} from './snapshots.ts';
import {fileTimestamp, jsonTimestamp, parseTimestamp} from '../disk/timestamps.ts';

/**
 * One repetition of a submitted config. Its identity is written once, before anything runs
 * (`task_record/{id}/run.json`); the grid manifest is a projection of it, of the plan and of the task records.
 */
export interface GridRun {
  readonly schema: 'mac.grid-run/1';
  /** `{time}_{pid}`: the manifest's name without `.json`. */
  readonly grid_id: string;
  readonly grid_config_snapshot_path: string;
  readonly config_name: string;
  /** Also stands for `{runtime.timestamp}`, so that a resumed run has the names it began with. */
  readonly submission_timestamp: string;
  readonly pid: number;
  readonly host: string;
  /** From 1. */
  readonly repetition: number;
  readonly repetitions: number;
  readonly num_tasks_planned: number;
  /** Questions of all its tasks; absent in runs of earlier versions. */
  readonly num_questions_planned?: number;
  readonly mac_version: string;
  /** `--limit`; absent when all questions are planned. */
  readonly question_limit?: number;
  /** `--tasks`: the task numbers this run is about; absent when it is about all. */
  readonly task_ids?: readonly number[];
  /** Tasks of the config that were invalid and left out (`--skip-invalid`); absent when there were none. */
  readonly skipped_tasks?: readonly number[];
  /** Of the config as it was submitted: tells an edited snapshot from a changed question file. */
  readonly config_sha256?: string;
  /** Its tasks are meant for Slurm: `mac resume` submits them unless told otherwise. */
  readonly submitted_to?: 'slurm';
}

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
  /** The tasks of one repetition: names may hold its time, keys its number. */
  readonly tasksOf: (repetition: number, submittedAtMs: number) => readonly PlannedTask[];
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
      const tasks = options.tasksOf(repetition, submittedAtMs);
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
        ...(options.submittedTo === undefined ? {} : {submitted_to: options.submittedTo}),
      };
      await writeFileAtomic(runFile(layout, gridId), renderJson(run));
      await writeGridManifest(layout, run, tasks);
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

function runFile(layout: Layout, gridId: string): string {
  return join(layout.taskRecords(gridId), 'run.json');
}

/** Ours: what stays of a grid run when all is done. */
export interface ArchivedGrid {
  readonly schema: 'mac.grid-archive/1';
  readonly completed_at: string;
  readonly manifest: GridManifest;
  /** The config as it was submitted. */
  readonly config: string;
  /** As in the run. */
  readonly skipped_tasks?: readonly number[];
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
      manifest,
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

/** One of the archive; undefined when it is absent or torn. @throws UserError `cannot-read`. */
export async function readArchivedGrid(path: string): Promise<ArchivedGrid | undefined> {
  return (await readJsonIfIntact(path)) as ArchivedGrid | undefined;
}

/** Whether a run was finished and archived. */
export async function isArchived(layout: Layout, gridId: string): Promise<boolean> {
  return (await listFolder(layout.gridArchive)).includes(basename(layout.archivedGrid(gridId)));
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

/** The runs that are not finished, oldest first (by the time in their ids). */
export async function listActiveRuns(layout: Layout): Promise<GridRun[]> {
  return (await readActiveRuns(layout)).runs;
}

/**
 * The same, and the ids of those of which neither run file nor manifest can be read. A grid that is just being created,
 * or archived, can look so for an instant; what stays so is damaged.
 */
export async function readActiveRuns(layout: Layout): Promise<{runs: GridRun[]; unreadable: string[]}> {
  const runs: GridRun[] = [];
  const unreadable: string[] = [];
  for (const name of await listFolder(layout.gridManifests)) {
    const gridId = /^(\d{8}T\d{6}\.\d{3}Z_\d+)\.json$/.exec(name)?.[1];
    if (gridId === undefined) continue;
    const run = await readGridRun(layout, gridId);
    if (run) runs.push(run);
    else unreadable.push(gridId);
  }
  return {runs, unreadable};
}

/** In words, for people: what is damaged and what to do. */
export function describeUnreadable(layout: Layout, gridId: string): string {
  return (
    `grid ${gridId} cannot be read: ${layout.gridManifest(gridId)} and its run file are damaged. ` +
    `What it recorded is safe; run the rest with: mac repair SNAPSHOT (in ${layout.gridSnapshots})`
  );
}

/**
 * A run's identity: from its run file, else from its manifest (the older system's, or a run file that was lost).
 * @throws UserError `cannot-read`.
 */
export async function readGridRun(layout: Layout, gridId: string): Promise<GridRun | undefined> {
  const run = (await readJsonIfIntact(runFile(layout, gridId))) as GridRun | null | undefined;
  if (run?.grid_id === gridId) return run;
  const manifest = await readGridManifest(layout.gridManifest(gridId));
  if (typeof manifest === 'string') return undefined;
  return {
    schema: 'mac.grid-run/1',
    grid_id: gridId,
    grid_config_snapshot_path: manifest.grid_config_snapshot_path,
    config_name: basename(manifest.grid_config_snapshot_path),
    submission_timestamp: manifest.submission_timestamp,
    pid: manifest.pid,
    host: manifest.host ?? '',
    repetition: manifest.repetition ?? 1,
    repetitions: manifest.repetitions ?? 1,
    num_tasks_planned: manifest.num_tasks_planned,
    mac_version: manifest.mac_version ?? '',
    ...(manifest.question_limit === undefined ? {} : {question_limit: manifest.question_limit}),
    // Perhaps not all of the config; the run file that would say so is lost.
    task_ids: manifest.tasks.map(({task_id}) => task_id),
  };
}

/** The numbers of a run's tasks, ascending. */
export function listRunTasks({task_ids: some, num_tasks_planned: count}: GridRun): readonly number[] {
  return some ?? Array.from({length: count}, (_, task) => task);
}

/** Milliseconds since the epoch at which a run was submitted. */
export function submittedAt(run: GridRun): number {
  return parseTimestamp(run.submission_timestamp) ?? 0;
}

/** The finished runs, oldest first. */
export async function listArchivedGrids(layout: Layout): Promise<ArchivedGrid[]> {
  const archived: ArchivedGrid[] = [];
  for (const name of await listFolder(layout.gridArchive)) {
    if (!name.endsWith('.json')) continue;
    // One that is torn was being archived in a crash: the run is still active then and will be archived again.
    const grid = await readArchivedGrid(join(layout.gridArchive, name));
    if (grid) archived.push(grid);
  }
  return archived;
}
