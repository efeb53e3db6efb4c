import {basename} from 'node:path';

import {listFolder} from '../disk/list-folder.ts';
import {readJsonIfIntact} from '../disk/read-file.ts';
import {makeGuard} from '../formats.ts';
import type {Layout} from '../layout.ts';
import {readGridManifest} from './grid-manifest.ts';
import {gridRunSchema, runFile, type GridRun} from './run-file.ts';

const isGridRun = makeGuard(gridRunSchema);

/** Lists the runs that are not finished, oldest first (by the time in their ids). */
export async function listActiveRuns(layout: Layout): Promise<GridRun[]> {
  return (await readActiveRuns(layout)).runs;
}

/**
 * Reads the unfinished runs, oldest first, and the ids of those of which neither run file nor manifest can be read. A
 * grid that is just being created, or archived, can look so for an instant; what stays so is damaged.
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

/** Describes what is damaged and what to do. */
export function describeUnreadable(layout: Layout, gridId: string): string {
  return (
    `grid ${gridId} cannot be read: ${layout.gridManifest(gridId)} and its run file are damaged. ` +
    `What it recorded is safe; run the rest with: mac repair SNAPSHOT (in ${layout.gridSnapshots})`
  );
}

/**
 * Reads a run's identity from its run file, else from its manifest (the older system's, or a run file that was lost).
 * @throws UserError `cannot-read`.
 */
export async function readGridRun(layout: Layout, gridId: string): Promise<GridRun | undefined> {
  const run = await readJsonIfIntact(runFile(layout, gridId));
  if (isGridRun(run) && run.grid_id === gridId) return run;
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
