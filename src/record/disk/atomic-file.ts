import {randomBytes} from 'node:crypto';
import {mkdir, open, rename, rm, stat, unlink} from 'node:fs/promises';
import {hostname} from 'node:os';
import {basename, dirname, join} from 'node:path';

import {KeyedQueue} from '../../core/concurrency.ts';
import {errorMessage, systemErrorCode, UserError} from '../../core/errors.ts';

export interface WriteOptions {
  /** True (the default) for a file that must outlive a power failure: file and folder are synced. */
  readonly durable?: boolean;
}

/** Folders this process has made or seen; making one costs a round trip on a network. */
const knownFolders = new Set<string>();

const HOST = hostname().replace(/[^A-Za-z0-9-]/g, '_');
let counter = 0;

/** Returns a name beside `path` that no other process on any host uses: nodes share pids, so a pid is not enough. */
function temporaryName(path: string): string {
  counter++;
  return join(
    dirname(path),
    `.${basename(path)}.${HOST}.${process.pid}.${counter}.${randomBytes(6).toString('hex')}.tmp`,
  );
}

/**
 * Makes a file appear whole or not at all: written under a temporary name, synced, renamed over `path`.
 *
 * @param data whole, or piece by piece.
 * @throws UserError `cannot-write` naming the path; the temporary file is removed.
 */
export async function writeFileAtomic(
  path: string,
  data: string | Uint8Array | Iterable<string>,
  options: WriteOptions = {},
): Promise<void> {
  const {durable = true} = options;
  try {
    await ensureFolder(dirname(path));
    await replaceFile(path, data, durable);
    if (durable) await syncFolder(dirname(path));
  } catch (error) {
    throw cannotWrite(path, error);
  }
}

/**
 * Makes the names in a folder one at a time. The kernel does so anyway, but threads that wait for each other there burn
 * a processor (ext4, four threads: a quarter of a run's time).
 */
export const folderQueue = new KeyedQueue();

async function replaceFile(
  path: string,
  data: string | Uint8Array | Iterable<string>,
  durable: boolean,
): Promise<void> {
  const temporary = temporaryName(path);
  const folder = dirname(path);
  try {
    const file = await folderQueue.run(folder, () => open(temporary, 'wx', 0o644));
    try {
      const pieces = typeof data === 'string' || data instanceof Uint8Array ? [data] : data;
      for (const piece of pieces) await file.writeFile(piece);
      if (durable) await file.datasync();
    } finally {
      await file.close();
    }
    await folderQueue.run(folder, () => rename(temporary, path));
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    // The folder may have been removed behind our back; the next write makes it again.
    if (systemErrorCode(error) === 'ENOENT') forgetFolder(folder);
    throw error;
  }
}

/**
 * Makes files that are too large for memory appear whole, after all of them are written. Parents are made.
 *
 * @param write gets for every path the empty file to write, beside it.
 * @throws UserError `cannot-write` naming a path when its folder or file cannot be made or kept; whatever `write`
 * throws. Temporary files are removed.
 */
export async function replaceFiles(
  paths: readonly string[],
  write: (temporaries: readonly string[]) => Promise<void>,
): Promise<void> {
  const targets = paths.map(path => ({path, temporary: temporaryName(path)}));
  try {
    await forEachTarget(targets, ({path, temporary}) =>
      ensureFolder(dirname(path)).then(async () => (await open(temporary, 'wx', 0o644)).close()),
    );
    await write(targets.map(({temporary}) => temporary));
    await forEachTarget(targets, ({temporary}) => syncFile(temporary));
    await forEachTarget(targets, ({path, temporary}) => rename(temporary, path));
    await forEachTarget(targets, ({path}) => syncFolder(dirname(path)));
  } finally {
    // After a rename there is nothing left of it.
    for (const {temporary} of targets) await unlink(temporary).catch(() => undefined);
  }
}

async function forEachTarget<Target extends {readonly path: string}>(
  targets: readonly Target[],
  work: (target: Target) => Promise<void>,
): Promise<void> {
  for (const target of targets) {
    try {
      await work(target);
    } catch (error) {
      throw cannotWrite(target.path, error);
    }
  }
}

async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r+');
  await file.datasync().finally(() => file.close());
}

/**
 * Creates a file that must not exist yet. The name appears at once and its content a moment later, so readers treat an
 * empty or partial file as "being written". (Linking a finished file into place would be stricter, but `link` fails on
 * some cluster filesystems.)
 *
 * @throws UserError `cannot-write`.
 */
export async function createFileExclusive(path: string, data: string | Uint8Array): Promise<'created' | 'exists'> {
  try {
    await ensureFolder(dirname(path));
    const file = await open(path, 'wx', 0o644);
    try {
      await file.writeFile(data);
      await file.datasync();
    } catch (error) {
      // Without its content the name would read as "being written" for good.
      await unlink(path).catch(() => undefined);
      throw error;
    } finally {
      await file.close();
    }
    await syncFolder(dirname(path));
    return 'created';
  } catch (error) {
    if (systemErrorCode(error) === 'EEXIST') return 'exists';
    throw cannotWrite(path, error);
  }
}

/** Removes a file; its absence is fine. @throws UserError `cannot-write` otherwise. */
export async function removeIfExists(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') throw cannotWrite(path, error);
  }
}

/** Removes a folder with everything in it; its absence is fine. @throws UserError `cannot-write` otherwise. */
export async function removeFolder(folder: string): Promise<void> {
  try {
    // Others may still be putting their last files there.
    await rm(folder, {recursive: true, force: true, maxRetries: 10, retryDelay: 20});
  } catch (error) {
    throw cannotWrite(folder, error);
  }
}

/** Makes renames and new names in a folder outlive a power failure. @throws UserError `cannot-write`. */
export async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, 'r');
    await handle.sync().finally(() => handle.close());
  } catch (error) {
    // Some network filesystems cannot sync folders; there a rename is durable when the server has acknowledged it.
    if (!['EINVAL', 'ENOTSUP', 'EBADF', 'EPERM'].includes(systemErrorCode(error) ?? ''))
      throw cannotWrite(folder, error);
  }
}

/** Makes a folder with its parents, once per process. */
export async function ensureFolder(folder: string): Promise<void> {
  if (knownFolders.has(folder)) return;
  await makeFolder(folder);
  knownFolders.add(folder);
}

/** Forgets a folder that was removed behind our back: the next `ensureFolder` makes it again. */
export function forgetFolder(folder: string): void {
  knownFolders.delete(folder);
}

/**
 * Makes parent by parent: Node's recursive mkdir never ends where a folder can be neither found nor made (in /proc).
 */
async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT' && dirname(folder) !== folder) {
      await makeFolder(dirname(folder));
      await mkdir(folder).catch((again: unknown) => requireFolder(folder, again));
    } else {
      await requireFolder(folder, error);
    }
  }
}

/**
 * Throws `error` unless the folder exists: before us or made by another, for which filesystems have different errors.
 */
async function requireFolder(folder: string, error: unknown): Promise<void> {
  const isThere = await stat(folder).then(
    found => found.isDirectory(),
    () => false,
  );
  if (!isThere) throw error;
}

const HINTS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full: free some space, then try again; what is recorded is kept',
  EDQUOT: 'your quota is used up: free some space, then try again; what is recorded is kept',
  EROFS:
    'the filesystem is read-only: make it writable or use another workspace ($MAC_FAIRNESS_WORKSPACE), then try again; what is recorded is kept',
  ENOENT: 'a folder on the way can be neither found nor made: is $MAC_FAIRNESS_EXPERIMENT_ROOT or the workspace right?',
  EEXIST: 'a file is where a folder has to be',
  EACCES:
    'you may not write there: change its permissions or use another workspace ($MAC_FAIRNESS_WORKSPACE), then try again; what is recorded is kept',
  EPERM: 'you may not write there',
  ENOTDIR: 'a part of the path is a file, not a folder',
  ENAMETOOLONG: 'the name is too long for this filesystem: shorten experiment_name',
};

/** Something that could not be written, `cannot-write`; its `cause` is what the system said. */
export class WriteError extends UserError {
  readonly path: string;

  constructor(path: string, cause: unknown) {
    super('cannot-write', `cannot write ${path}: ${errorMessage(cause)}`, {
      hint: HINTS[systemErrorCode(cause) ?? ''],
      cause,
    });
    this.path = path;
  }
}

/** Makes an error of the disk one that names the path and says what to do; a `UserError` is passed on. */
export function cannotWrite(path: string, error: unknown): UserError {
  return error instanceof UserError ? error : new WriteError(path, error);
}
