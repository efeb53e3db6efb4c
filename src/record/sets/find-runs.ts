import {basename, join} from 'node:path';

import {mapConcurrently} from '../../core/concurrency.ts';
import {UserError} from '../../core/errors.ts';
import {ambiguousName, findAmongKinds, type NameKind} from '../../core/text/find-by-name.ts';
import {readGridManifest, type GridManifest} from '../grid/grid-manifest.ts';
import {describeUnreadable, readActiveRuns} from '../grid/active-runs.ts';
import {listArchiveNames, readArchivedGrid, readArchivedGrids, type ArchivedGrid} from '../grid/archive.ts';
import type {GridRun} from '../grid/run-file.ts';
import type {Layout} from '../layout.ts';
import {configNames, keepFolder, toConfigName} from './config-names.ts';

/** A manifest of 100,000 tasks takes tens of MB. */
const MANIFESTS_AT_ONCE = 4;

const HINT = 'mac ls lists the grids';

/**
 * Finds the unfinished runs that a user means: `latest`, a grid id, a grid snapshot or its config (all repetitions), an
 * experiment, a benchmark, or a beginning of one that fits one submission only.
 *
 * @throws UserError `grid-unknown`, `grid-finished`, `grid-ambiguous`, `grid-damaged`.
 */
export async function findActiveRuns(layout: Layout, selector: string): Promise<GridRun[]> {
  const active = await matchActiveRuns(layout, selector);
  if (active.length > 0) return active;
  if (selector === 'latest') throw noUnfinishedGrid();
  if (await isFinished(layout, selector)) {
    throw new UserError('grid-finished', `${selector} is complete: nothing is left to run`, {hint: HINT});
  }
  throw unknownGrid(layout, selector);
}

/**
 * Finds the unfinished runs that a user means, or where none has that name the finished ones.
 *
 * @returns none at all only for `latest` in a workspace without grids.
 * @throws UserError `grid-unknown`, `grid-ambiguous`, `grid-damaged`.
 */
export async function findRuns(
  layout: Layout,
  selector: string,
): Promise<{readonly active: readonly GridRun[]; readonly finished: readonly ArchivedGrid[]}> {
  const active = await matchActiveRuns(layout, selector);
  if (active.length > 0) {
    const later = await findLaterOfTrials(layout, selector, active);
    return later.length > 0 ? {active: [], finished: later} : {active, finished: []};
  }
  const finished = await findFinishedRuns(layout, selector);
  if (finished.length === 0 && selector !== 'latest') throw unknownGrid(layout, selector, 'grid');
  return {active, finished};
}

/** Finds the finished run of a file of trials that is newer than unfinished ones of the same file: it is meant. */
async function findLaterOfTrials(
  layout: Layout,
  selector: string,
  active: readonly GridRun[],
): Promise<readonly ArchivedGrid[]> {
  const newest = active.at(-1);
  if (newest?.frontend === undefined || selector === 'latest' || newest.grid_id.startsWith(selector)) return [];
  const finished = await findFinishedRuns(layout, selector).catch((error: unknown) => {
    if (error instanceof UserError && error.code === 'grid-ambiguous') return [];
    throw error;
  });
  const name = configNames(newest.grid_config_snapshot_path).at(-1);
  const isLater = ({manifest}: ArchivedGrid): boolean =>
    (manifest.grid_id ?? '') > newest.grid_id &&
    manifest.config_folder === newest.config_folder &&
    configNames(manifest.grid_config_snapshot_path).at(-1) === name;
  return finished.length > 0 && finished.every(isLater) ? finished : [];
}

/** Returns the error for a workspace without an unfinished grid. */
export function noUnfinishedGrid(): UserError {
  return new UserError('grid-finished', 'there is no unfinished grid in this workspace', {hint: HINT});
}

function unknownGrid(layout: Layout, selector: string, what = 'unfinished grid'): UserError {
  return new UserError('grid-unknown', `no ${what} "${selector}" in ${layout.bookkeeping}`, {
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

/** @throws UserError `grid-ambiguous`, `grid-damaged`. */
async function matchActiveRuns(layout: Layout, selector: string): Promise<GridRun[]> {
  const {runs, unreadable} = await readActiveRuns(layout);
  const refuseDamaged = (): void => {
    const damaged = unreadable.find(gridId => selector === 'latest' || gridId.startsWith(selector));
    if (damaged !== undefined) throw new UserError('grid-damaged', describeUnreadable(layout, damaged));
  };
  if (selector === 'latest') {
    const last = runs.at(-1);
    if (!last) refuseDamaged();
    return runs.filter(run => run.grid_config_snapshot_path === last?.grid_config_snapshot_path);
  }
  const named = runs.map(run => ({
    run,
    id: run.grid_id,
    snapshotPath: run.grid_config_snapshot_path,
    isOfTrials: run.frontend !== undefined,
    folder: run.config_folder === undefined ? undefined : layout.resolve(run.config_folder),
  }));
  const listParts = async (): Promise<NamedRun<GridRun>[]> => {
    refuseDamaged();
    // Manifests are large; they are read only for what run files do not say.
    return await mapConcurrently(named, MANIFESTS_AT_ONCE, async each => {
      const manifest = await readGridManifest(layout.gridManifest(each.id));
      return {...each, parts: typeof manifest === 'string' ? [] : listPartNames(manifest)};
    });
  };
  return await matchRuns(selector, [
    byId(() => named),
    byConfig(() => keepFolder(layout, selector, named)),
    byPart(listParts),
  ]);
}

/**
 * Finds the finished runs that a user means, by the same names.
 *
 * @returns the first repetition first; none when nothing fits.
 * @throws UserError `grid-ambiguous`.
 */
export async function findFinishedRuns(layout: Layout, selector: string): Promise<ArchivedGrid[]> {
  const files = await listArchiveNames(layout);
  if (selector === 'latest') {
    const last = files.at(-1);
    const newest = last === undefined ? undefined : await readArchivedGrid(join(layout.gridArchive, last));
    return newest ? await findFinishedRepetitions(layout, newest.manifest) : [];
  }
  // Archives are large; they are read only for what their names do not say.
  const byFile = await matchRuns(selector, [
    byId(() => files.map(file => ({run: file, id: file.replace(/\.json$/, '')}))),
  ]);
  if (byFile.length > 0) return await readArchivedGrids(layout, byFile);
  const named = (await readArchivedGrids(layout, files)).map((run): NamedRun<ArchivedGrid> => {
    const {grid_id: id = '', grid_config_snapshot_path: snapshotPath, frontend, config_folder: folder} = run.manifest;
    return {
      run,
      id,
      snapshotPath,
      isOfTrials: frontend !== undefined,
      folder: folder === undefined ? undefined : layout.resolve(folder),
    };
  });
  const listParts = (): NamedRun<ArchivedGrid>[] =>
    named.map(each => ({...each, parts: listPartNames(each.run.manifest)}));
  return await matchRuns(selector, [
    byId(() => named),
    byConfig(() => keepFolder(layout, selector, named)),
    byPart(listParts),
  ]);
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

/** A run with what it can be called by. */
interface NamedRun<Run> {
  readonly run: Run;
  readonly id: string;
  /** Repetitions of one submission share it; absent where the id says enough. */
  readonly snapshotPath?: string;
  readonly isOfTrials?: boolean;
  /** Of its file, where it is one of trials. */
  readonly folder?: string | undefined;
  /** Names of its experiments and benchmarks; absent where they are not asked for. */
  readonly parts?: readonly string[];
}

interface RunKind<Run> extends NameKind<NamedRun<Run>> {
  /** Returns what all runs must share that one name of this kind may mean. */
  readonly sharedBy: (run: NamedRun<Run>) => string | undefined;
  /** True where the newest of several runs of the same trials is meant. */
  readonly isOfNewest?: boolean;
}

type ListRuns<Run> = NameKind<NamedRun<Run>>['list'];

function byId<Run>(list: ListRuns<Run>): RunKind<Run> {
  return {list, getNames: ({id}) => [id], sharedBy: ({id}) => id};
}

function byConfig<Run>(list: ListRuns<Run>): RunKind<Run> {
  const getNames = ({snapshotPath = ''}: NamedRun<Run>): string[] => configNames(snapshotPath);
  return {list, getNames, isOfNewest: true, toName: toConfigName, sharedBy: ({snapshotPath}) => snapshotPath};
}

function byPart<Run>(list: ListRuns<Run>): RunKind<Run> {
  return {list, getNames: ({parts = []}) => parts, isOfNewest: true, sharedBy: ({snapshotPath}) => snapshotPath};
}

/** @throws UserError `grid-ambiguous` where more fits than one name may mean. */
async function matchRuns<Run>(selector: string, kinds: readonly RunKind<Run>[]): Promise<Run[]> {
  const {items, kind} = await findAmongKinds(selector, kinds, 'kind');
  const newest = items.at(-1);
  // A later run of a file of trials does what is left of the earlier ones.
  if (kind?.isOfNewest === true && newest && items.every(item => isOfSameTrials(item, newest))) {
    return items.filter(item => kind.sharedBy(item) === kind.sharedBy(newest)).map(({run}) => run);
  }
  if (kind && new Set(items.map(kind.sharedBy)).size > 1) {
    const labels = items.map(({id, snapshotPath: path}) => (path === undefined ? id : `${id} (${basename(path)})`));
    throw ambiguousName('grid-ambiguous', selector, labels);
  }
  return items.map(({run}) => run);
}

function isOfSameTrials(run: NamedRun<unknown>, other: NamedRun<unknown>): boolean {
  const [name, otherName] = [run, other].map(({snapshotPath = ''}) => configNames(snapshotPath).at(-1));
  return run.isOfTrials === true && other.isOfTrials === true && name === otherName && run.folder === other.folder;
}

/** Of trials also the id of their set alone: `ext1` for `study/ext1`. */
function listPartNames({tasks, frontend: kind}: GridManifest): string[] {
  const ids = tasks.flatMap(({benchmark_subcategory: set}) =>
    kind !== undefined && set.startsWith(`${kind}/`) ? [set.slice(kind.length + 1)] : [],
  );
  return [...new Set([...tasks.flatMap(partNames), ...ids])];
}

/** Returns what the results of a task can be called by, together with others: experiment, benchmark, or both. */
export function partNames(task: {readonly experiment_name: string; readonly benchmark_subcategory: string}): string[] {
  const {experiment_name: experiment, benchmark_subcategory: benchmark} = task;
  return [experiment, `${benchmark}/${experiment}`, benchmark];
}
