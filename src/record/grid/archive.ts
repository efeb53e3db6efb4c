import {basename, join} from 'node:path';

import {z} from 'zod';

import {MAX_OPEN_FILES, mapConcurrently} from '../../core/concurrency.ts';
import {listFolder} from '../disk/list-folder.ts';
import {readJsonIfIntact} from '../disk/read-file.ts';
import {makeGuard, type Immutable} from '../formats.ts';
import type {Layout} from '../layout.ts';
import {gridManifestHeadSchema} from './grid-manifest.ts';

const archiveSchema = z.object({
  schema: z.literal('mac.grid-archive/1'),
  completed_at: z.string(),
  manifest: gridManifestHeadSchema,
  config: z.string().describe('as it was submitted'),
  skipped_tasks: z.array(z.number()).exactOptional().describe('as in the run'),
});

/** Ours: what stays of a grid run when all is done. */
export type ArchivedGrid = Immutable<z.infer<typeof archiveSchema>>;

const isArchivedGrid = makeGuard(archiveSchema);

/** Reads a file of the archive; undefined when it is absent or torn. @throws UserError `cannot-read`. */
export async function readArchivedGrid(path: string): Promise<ArchivedGrid | undefined> {
  const archived = await readJsonIfIntact(path);
  if (!isArchivedGrid(archived)) return undefined;
  // A manifest of the older system has no id; the file has its name.
  return {...archived, manifest: {grid_id: basename(path, '.json'), ...archived.manifest}};
}

/** Returns whether a run was finished and archived. */
export async function isArchived(layout: Layout, gridId: string): Promise<boolean> {
  return (await listFolder(layout.gridArchive)).includes(basename(layout.archivedGrid(gridId)));
}

/** Lists the finished runs, oldest first. @throws UserError `cannot-read`. */
export async function listArchivedGrids(layout: Layout): Promise<ArchivedGrid[]> {
  return readArchivedGrids(layout, await listArchiveNames(layout));
}

/** Lists the names of the archive's files, oldest first: names begin with times. */
export async function listArchiveNames(layout: Layout): Promise<string[]> {
  return (await listFolder(layout.gridArchive)).filter(name => name.endsWith('.json'));
}

/** Reads files of the archive. A torn one was being written in a crash: its run is still active. */
export async function readArchivedGrids(layout: Layout, names: readonly string[]): Promise<ArchivedGrid[]> {
  const archived = await mapConcurrently(names, MAX_OPEN_FILES, name =>
    readArchivedGrid(join(layout.gridArchive, name)),
  );
  return archived.flatMap(grid => grid ?? []);
}
