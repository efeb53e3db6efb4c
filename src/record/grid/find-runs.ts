import {basename, join} from 'node:path';

import {UserError} from '../../core/errors.ts';
import {ambiguousName, findByName} from '../../core/text/find-by-name.ts';
import type {GridManifest} from '../formats.ts';
import {readGridManifest} from './grid-manifest.ts';
import {describeUnreadable, readActiveRuns} from './active-runs.ts';
import {listArchiveNames, readArchivedGrid, readArchivedGrids, type ArchivedGrid} from './archive.ts';
import type {GridRun} from './run-file.ts';
import type {Layout} from '../layout.ts';

const HINT = 'mac ls lists the grids';

/**
 * Finds the unfinished runs that a user means: `latest`, a grid id, a grid snapshot or its config (all repetitions), an
 * experiment, a benchmark, or a beginning of one that fits one submission only.
 *
 * @throws UserError `grid-unknown`, `grid-finished`, `grid-ambiguous`, `grid-damaged`.
 */
export async function findActiveRuns(layout: Layout, selector: string): Promise<GridRun[]> {
  const {runs: active, unreadable} = await readActiveRuns(layout);
  const damaged = unreadable.find(gridId => selector === 'latest' || gridId.startsWith(selector));
  if (selector === 'latest') {
    const last = active.at(-1);
    if (last) return active.filter(run => run.grid_config_snapshot_path === last.grid_config_snapshot_path);
    if (damaged !== undefined) throw new UserError('grid-damaged', describeUnreadable(layout, damaged));
    throw new UserError('grid-finished', 'there is no unfinished grid in this workspace', {hint: HINT});
  }
  const named = findNamed(selector, active, run => ({...run, gridId: run.grid_id}));
  if (named.length > 0) return named;
  if (damaged !== undefined) throw new UserError('grid-damaged', describeUnreadable(layout, damaged));
  const byPart = await findByParts(layout, selector, active);
  if (byPart.length > 0) return byPart;
  if (await isFinished(layout, selector)) {
    throw new UserError('grid-finished', `${selector} is complete: nothing is left to run`, {hint: HINT});
  }
  throw new UserError('grid-unknown', `no unfinished grid "${selector}" in ${layout.bookkeeping}`, {
    hint: `${HINT}; a grid id, a config, an experiment or a benchmark, a beginning of one, or "latest" is expected`,
  });
}

async function isFinished(layout: Layout, selector: string): Promise<boolean> {
  try {
    return (await findFinishedRuns(layout, selector)).length > 0;
  } catch (error) {
    // Whichever is meant, it is finished.
    if (error instanceof UserError && error.code === 'grid-ambiguous') return true;
    throw error;
  }
}

/** Manifests are large; they are read only for what run files do not say. */
async function findByParts(layout: Layout, selector: string, active: readonly GridRun[]): Promise<GridRun[]> {
  const runs: {run: GridRun; names: readonly string[]}[] = [];
  for (const run of active) {
    const manifest = await readGridManifest(layout.gridManifest(run.grid_id));
    if (typeof manifest !== 'string') runs.push({run, names: listPartNames(manifest)});
  }
  const found = findByName(selector, runs, ({names}) => names).map(({run}) => run);
  return requireOneSubmission(selector, found, run => ({...run, gridId: run.grid_id}));
}

/**
 * Finds the finished runs that a user means, by the same names.
 *
 * @returns the first repetition first; none when nothing fits.
 * @throws UserError `grid-ambiguous`.
 */
export async function findFinishedRuns(layout: Layout, selector: string): Promise<ArchivedGrid[]> {
  const names = await listArchiveNames(layout);
  if (selector === 'latest') {
    const last = names.at(-1);
    const newest = last === undefined ? undefined : await readArchivedGrid(join(layout.gridArchive, last));
    return newest ? await findFinishedRepetitions(layout, newest.manifest) : [];
  }
  const byId = findByName(selector, names, name => [name.replace(/\.json$/, '')]);
  if (byId.length > 1)
    throw ambiguousName(
      'grid-ambiguous',
      selector,
      byId.map(name => name.replace(/\.json$/, '')),
    );
  if (byId.length === 1) return await readArchivedGrids(layout, byId);
  const archived = await readArchivedGrids(layout, names);
  const identify = ({manifest}: ArchivedGrid): RunIdentity => ({...manifest, gridId: manifest.grid_id ?? ''});
  const named = findNamed(selector, archived, identify);
  if (named.length > 0) return named;
  const byPart = findByName(selector, archived, ({manifest}) => listPartNames(manifest));
  return requireOneSubmission(selector, byPart, identify);
}

/** Returns the finished repetitions of a submitted config. */
export async function findFinishedRepetitions(
  layout: Layout,
  {pid, grid_config_snapshot_path: snapshot}: Pick<GridRun, 'pid' | 'grid_config_snapshot_path'>,
): Promise<ArchivedGrid[]> {
  // One process made all repetitions: the other archives of a workspace, which may be large, need not be read.
  const names = (await listArchiveNames(layout)).filter(name => name.endsWith(`_${pid}.json`));
  return (await readArchivedGrids(layout, names)).filter(
    ({manifest}) => manifest.grid_config_snapshot_path === snapshot,
  );
}

/** What tells runs apart: repetitions of one submission share the snapshot. */
interface RunIdentity {
  readonly gridId: string;
  readonly grid_config_snapshot_path: string;
}

/** Finds runs by their id, else by their config. @throws UserError `grid-ambiguous`. */
function findNamed<Run>(selector: string, runs: readonly Run[], identify: (run: Run) => RunIdentity): Run[] {
  const byId = findByName(selector, runs, run => [identify(run).gridId]);
  if (byId.length > 1) throw ambiguousRuns(selector, byId.map(identify));
  if (byId.length > 0) return byId;
  const config = basename(selector).replace(/\.yaml$/, '');
  const byConfig = findByName(config, runs, run => configNames(identify(run).grid_config_snapshot_path));
  return requireOneSubmission(selector, byConfig, identify);
}

/** @throws UserError `grid-ambiguous` where they are of more than one submission. */
function requireOneSubmission<Run>(selector: string, runs: readonly Run[], identify: (run: Run) => RunIdentity): Run[] {
  const submissions = new Set(runs.map(run => identify(run).grid_config_snapshot_path));
  if (submissions.size > 1) throw ambiguousRuns(selector, runs.map(identify));
  return [...runs];
}

function ambiguousRuns(selector: string, runs: readonly RunIdentity[]): UserError {
  const names = runs.map(({gridId, grid_config_snapshot_path: path}) => `${gridId} (${basename(path)})`);
  return ambiguousName('grid-ambiguous', selector, names);
}

function listPartNames({tasks}: GridManifest): string[] {
  return [...new Set(tasks.flatMap(partNames))];
}

/** Returns what a submitted config can be called by: the name of its snapshot, and its own without the time. */
export function configNames(snapshotPath: string): string[] {
  const snapshot = basename(snapshotPath).replace(/\.yaml$/, '');
  const own = snapshot.replace(/_\d{8}T\d{6}\.\d{3}Z$/, '');
  return own === snapshot ? [snapshot] : [snapshot, own];
}

/** Returns what the results of a task can be called by, together with others: experiment, benchmark, or both. */
export function partNames(task: {readonly experiment_name: string; readonly benchmark_subcategory: string}): string[] {
  const {experiment_name: experiment, benchmark_subcategory: benchmark} = task;
  return [experiment, `${benchmark}/${experiment}`, benchmark];
}
