import {readFile, stat} from 'node:fs/promises';
import {basename, dirname} from 'node:path';
import {setTimeout} from 'node:timers/promises';

import {errorMessage, systemErrorCode, UserError} from '../../core/errors.ts';
import {listFolder} from './list-folder.ts';

const MAX_TRIES = 5;
const PAUSE_MS = 50;

/**
 * Reads a file that others may be replacing; undefined when there is none.
 *
 * On network filesystems a file that is renamed over can look absent for an instant, or be gone while it is read. So a
 * listing of its folder tells whether it is there. What cannot be read is not taken for absent: that would have work
 * done twice.
 *
 * @param lookTwice false takes the first answer: in folders too large to be listed for every file, where it does not
 * matter.
 * @throws UserError `cannot-read`.
 */
export async function readIfExists(path: string, {lookTwice = true} = {}): Promise<string | undefined> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await readFile(path, 'utf8');
    } catch (error) {
      const code = systemErrorCode(error);
      const isAbsent = code === 'ENOENT' || code === 'ENOTDIR';
      if (!isAbsent && code !== 'ESTALE') throw cannotRead(path, error);
      if (isAbsent && !(lookTwice && (await isListed(path)))) return undefined;
      if (attempt === MAX_TRIES) throw cannotRead(path, error);
    }
    await setTimeout(PAUSE_MS);
  }
}

/** Returns whether a file or folder can be seen; false also for one that may not be looked at. */
export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

async function isListed(path: string): Promise<boolean> {
  return (await listFolder(dirname(path))).includes(basename(path));
}

/** Reads a file of JSON; undefined when there is none, or when it is torn. @throws UserError `cannot-read`. */
export async function readJsonIfIntact(path: string, options: {lookTwice?: boolean} = {}): Promise<unknown> {
  const text = await readIfExists(path, options);
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Reads a file of JSON; undefined for whatever reason it cannot be: for files that only explain or are made again. */
export async function readJsonOrNothing(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch {
    return undefined;
  }
}

const NO_PERMISSION = 'you may not read it: ask whoever owns it for permission (chmod g+r), also on the folders above';

const HINTS: Readonly<Record<string, string>> = {
  EACCES: NO_PERMISSION,
  EPERM: NO_PERMISSION,
  EIO: 'the disk or its server failed: try again, and tell your administrators if it stays',
  ESTALE: 'its server lost sight of it: try again',
  EISDIR: 'a folder is where a file has to be: move it away',
};

/** Makes the error of a file that is there and cannot be read; a `UserError` is passed on. */
export function cannotRead(path: string, error: unknown): UserError {
  if (error instanceof UserError) return error;
  return new UserError('cannot-read', `cannot read ${path}: ${errorMessage(error)}`, {
    hint: HINTS[systemErrorCode(error) ?? ''],
    cause: error,
  });
}
