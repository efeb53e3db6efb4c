import {basename, join} from 'node:path';

import {UserError} from '../core/errors.ts';
import {readArchivedGrid, type ArchivedGrid, type GridRun} from './grid-run.ts';
import type {Layout} from './layout.ts';
import {listFolder} from './list-folder.ts';

/**
 * The finished runs that a user means: `latest`, a grid id (or an unambiguous beginning of one), or a grid snapshot (all its repetitions that are finished).
 *
 * @returns the first repetition first; none when nothing fits.
 * @throws UserError `grid-ambiguous`.
 */
export async function findFinishedRuns(layout: Layout, selector: string): Promise<ArchivedGrid[]> {
  const names = await archiveNames(layout);
  if (selector === 'latest') {
    const last = names.at(-1);
    const newest = last === undefined ? undefined : await readArchivedGrid(join(layout.gridArchive, last));
    return newest ? await finishedOfSnapshot(layout, newest.manifest) : [];
  }
  const byId = names.filter(name => name.startsWith(selector));
  const exact = byId.find(name => name === `${selector}.json`);
  if (byId.length > 1 && exact === undefined) {
    throw new UserError('grid-ambiguous', `${selector} fits ${byId.length} finished grids`, {
      hint: 'mac ls lists the grids',
    });
  }
  const [name] = exact === undefined ? byId : [exact];
  if (name !== undefined) return await readAll(layout, [name]);
  const snapshot = basename(selector);
  return (await readAll(layout, names)).filter(
    ({manifest}) => basename(manifest.grid_config_snapshot_path) === snapshot,
  );
}

/** The repetitions of a submitted config that are finished. */
export async function finishedOfSnapshot(
  layout: Layout,
  {pid, grid_config_snapshot_path: snapshot}: Pick<GridRun, 'pid' | 'grid_config_snapshot_path'>,
): Promise<ArchivedGrid[]> {
  // One process made all repetitions: the other archives of a workspace, which may be large, need not be read.
  const names = (await archiveNames(layout)).filter(name => name.endsWith(`_${pid}.json`));
  return (await readAll(layout, names)).filter(({manifest}) => manifest.grid_config_snapshot_path === snapshot);
}

/** Oldest first: names begin with times. */
async function archiveNames(layout: Layout): Promise<string[]> {
  return (await listFolder(layout.gridArchive)).filter(name => name.endsWith('.json'));
}

async function readAll(layout: Layout, names: readonly string[]): Promise<ArchivedGrid[]> {
  const archived = await Promise.all(names.map(name => readArchivedGrid(join(layout.gridArchive, name))));
  return archived.flatMap(grid => grid ?? []);
}
