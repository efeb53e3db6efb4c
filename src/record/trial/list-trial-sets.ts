import {readdir} from 'node:fs/promises';
import {join} from 'node:path';

import {systemErrorCode} from '../../core/errors.ts';
import {listFolder} from '../disk/list-folder.ts';
import {cannotRead} from '../disk/read-file.ts';
import type {Layout} from '../layout.ts';

/** A set of which trials are recorded. */
export interface RecordedSet {
  readonly kind: string;
  readonly id: string;
  /** Absolute paths of its records, sorted. */
  readonly paths: readonly string[];
}

/** Lists the sets of a workspace by kind and id. @throws UserError `cannot-read`. */
export async function listTrialSets(layout: Layout): Promise<RecordedSet[]> {
  const root = layout.allTrialRecords;
  const sets: RecordedSet[] = [];
  for (const kind of await listFolder(root)) {
    if (!kind.startsWith('.')) sets.push(...(await listSetsBelow(kind, join(root, kind), '')));
  }
  return sets;
}

/** A `/` in an id makes a folder, so a folder of sets may hold further ones. */
async function listSetsBelow(kind: string, folder: string, id: string): Promise<RecordedSet[]> {
  const paths: string[] = [];
  const sets: RecordedSet[] = [];
  for (const {name, isFolder} of await readFolder(folder)) {
    if (name.startsWith('.')) continue;
    const path = join(folder, name);
    if (isFolder) sets.push(...(await listSetsBelow(kind, path, id === '' ? name : `${id}/${name}`)));
    else if (name.endsWith('.json')) paths.push(path);
  }
  return paths.length > 0 && id !== '' ? [{kind, id, paths: paths.sort()}, ...sets] : sets;
}

async function readFolder(folder: string): Promise<{readonly name: string; readonly isFolder: boolean}[]> {
  try {
    const entries = await readdir(folder, {withFileTypes: true});
    return entries
      .map(entry => ({name: entry.name, isFolder: entry.isDirectory()}))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT' || systemErrorCode(error) === 'ENOTDIR') return [];
    throw cannotRead(folder, error);
  }
}
