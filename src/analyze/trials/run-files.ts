import {dirname, isAbsolute} from 'node:path';

import {UserError} from '../../core/errors.ts';
import {listActiveRuns} from '../../record/grid/active-runs.ts';
import {listArchivedGrids} from '../../record/grid/archive.ts';
import {configNames} from '../../record/grid/find-runs.ts';
import type {Layout} from '../../record/layout.ts';

/** A file that was run. */
export interface RunFile {
  /** Names that its run can be called by: the id of the run, and the file's with and without the time. */
  readonly names: readonly string[];
  /** Absolute folder of the file; undefined where that was not recorded. */
  readonly folder: string | undefined;
}

/** Returns the files of all runs, by the ids of the runs. @throws UserError `cannot-read`. */
export async function listRunFiles(layout: Layout): Promise<Map<string, RunFile>> {
  const archived = (await listArchivedGrids(layout)).map(({manifest}) => manifest);
  const files = new Map<string, RunFile>();
  for (const run of [...(await listActiveRuns(layout)), ...archived]) {
    const {grid_id: id = '', grid_config_snapshot_path: path, config_folder: folder} = run;
    files.set(id, {
      names: [id, ...configNames(path)],
      folder: folder === undefined ? undefined : layout.resolve(folder),
    });
  }
  return files;
}

/**
 * Keeps what was run from the file that a selector names: many files are called `study.yaml`.
 *
 * @param getFile undefined where the run is not known any more.
 * @throws UserError `results-ambiguous` when files of several folders are left.
 */
export function keepNamedFile<Item>(
  selector: string,
  items: readonly Item[],
  getFile: (item: Item) => RunFile | undefined,
): readonly Item[] {
  const folder = selector.includes('/') ? dirname(selector) : undefined;
  const isThere = (own: string | undefined): boolean =>
    folder === undefined ||
    own === undefined ||
    (isAbsolute(folder) ? own === folder : `/${own}`.endsWith(`/${folder}`));
  const kept = items.filter(item => isThere(getFile(item)?.folder));
  const folders = new Set(kept.map(item => getFile(item)?.folder));
  if (folders.size < 2) return kept;
  throw new UserError('results-ambiguous', `files of ${folders.size} folders are called "${selector}"`, {
    hint: `name one with its folder: ${[...folders].map(each => each ?? 'unknown').join(', ')}`,
  });
}
