import {readdir, realpath} from 'node:fs/promises';
import {join} from 'node:path';

import {systemErrorCode} from '../../core/errors.ts';
import {BOOKKEEPING_FOLDERS, type Layout} from '../layout.ts';

/** Folders inside a task's folder; a name with `/` can put other tasks' folders beside them. */
const TASK_FOLDERS = new Set(['task_manifest', 'task_summary', 'transcript']);

/**
 * Finds the folders that hold task manifests, sorted. Names of benchmarks and experiments may hold `/`, so they lie at
 * any depth; folders of transcripts, of which one can hold a million, are not even listed.
 */
export async function findManifestFolders(layout: Layout): Promise<string[]> {
  const found: string[] = [];
  await walk(layout.experimentRoot, ({path, folders}) => {
    const isTask = folders.includes('task_manifest');
    if (isTask) found.push(join(path, 'task_manifest'));
    return isTask ? folders.filter(name => !TASK_FOLDERS.has(name)) : folders;
  });
  return found.sort();
}

/** Finds the index files of a workspace, sorted; a `/` in an experiment's name makes a folder here too. */
export async function findIndexes(layout: Layout): Promise<string[]> {
  const found: string[] = [];
  await walk(layout.bookkeeping, ({path, folders, files}) => {
    found.push(...files.filter(name => name.endsWith('_index.jsonl')).map(name => join(path, name)));
    return path === layout.bookkeeping ? folders.filter(name => !BOOKKEEPING_FOLDERS.has(name)) : folders;
  });
  return found.sort();
}

interface Visited {
  readonly path: string;
  readonly folders: readonly string[];
  readonly files: readonly string[];
}

/** Visits a folder and those below it that `visit` names. Links are followed, each folder is visited once. */
async function walk(root: string, visit: (folder: Visited) => readonly string[]): Promise<void> {
  const seen = new Set<string>();
  const waiting = [root];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const listed = await list(path);
    if (!listed || seen.has(listed.realPath)) continue;
    seen.add(listed.realPath);
    for (const name of visit({path, ...listed})) waiting.push(join(path, name));
  }
}

/** Lists a folder; undefined when there is none: it is gone, or a link leads elsewhere. */
async function list(path: string): Promise<{realPath: string; folders: string[]; files: string[]} | undefined> {
  try {
    const entries = await readdir(path, {withFileTypes: true});
    const isFolder = (entry: (typeof entries)[number]): boolean => entry.isDirectory() || entry.isSymbolicLink();
    return {
      realPath: await realpath(path),
      folders: entries.filter(isFolder).map(({name}) => name),
      files: entries.filter(entry => !entry.isDirectory()).map(({name}) => name),
    };
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(systemErrorCode(error) ?? '')) return undefined;
    throw error;
  }
}
