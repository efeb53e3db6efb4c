import {lstat, readdir, readFile, readlink, rename, rm, symlink} from 'node:fs/promises';
import {randomBytes} from 'node:crypto';
import {dirname, join, relative} from 'node:path';

import {cannotWrite, ensureFolder, forgetFolder, writeFileAtomic} from '../../record/disk/atomic-file.ts';
import type {TreeEntry} from './organized-tree.ts';

/**
 * Brings a folder to hold these files and relative links. What is already right stays untouched, so that readers never
 * find the tree half there.
 *
 * @param keepOthers leaves what is not listed; else it is removed.
 * @throws UserError `cannot-write`.
 */
export async function writeTree(
  root: string,
  entries: readonly TreeEntry[],
  {keepOthers = false}: {readonly keepOthers?: boolean} = {},
): Promise<void> {
  try {
    if (!keepOthers) await removeOthers(root, listPaths(entries));
    for (const entry of entries) {
      const path = join(root, entry.path);
      if ('content' in entry) await writeIfOther(path, entry.content);
      else await linkIfOther(path, relative(dirname(path), entry.target));
    }
  } catch (error) {
    throw cannotWrite(root, error);
  }
}

/** Everything that a tree is to hold. */
interface WantedPaths {
  readonly files: ReadonlySet<string>;
  readonly folders: ReadonlySet<string>;
}

function listPaths(entries: readonly TreeEntry[]): WantedPaths {
  const files = new Set(entries.map(({path}) => path));
  const folders = new Set<string>();
  for (const file of files) {
    for (let folder = dirname(file); folder !== '.' && !folders.has(folder); folder = dirname(folder)) {
      folders.add(folder);
    }
  }
  return {files, folders};
}

/** Writes a file unless it holds just that. */
export async function writeIfOther(path: string, content: string): Promise<void> {
  const isFile = await lstat(path).then(
    stats => stats.isFile(),
    () => false,
  );
  if (isFile && (await readFile(path, 'utf8')) === content) return;
  await writeFileAtomic(path, content);
}

async function linkIfOther(path: string, target: string): Promise<void> {
  if ((await readlink(path).catch(() => null)) === target) return;
  await ensureFolder(dirname(path));
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  await symlink(target, temporary);
  await rename(temporary, path).catch(async (error: unknown) => {
    await rm(temporary, {force: true});
    throw error;
  });
}

/** Removes what is not listed, and folders that are empty then. Links are not followed. */
async function removeOthers(root: string, wanted: WantedPaths, below = ''): Promise<void> {
  const entries = await readdir(join(root, below), {withFileTypes: true}).catch(() => []);
  for (const entry of entries) {
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory() && wanted.folders.has(path)) {
      await removeOthers(root, wanted, path);
    } else if (entry.isDirectory() || !wanted.files.has(path)) {
      await rm(join(root, path), {recursive: true, force: true});
      forgetFolder(join(root, path));
    }
  }
}
