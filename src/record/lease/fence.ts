import {mkdir, open, rename, rm, rmdir, unlink} from 'node:fs/promises';
import {basename, dirname, join} from 'node:path';

import {systemErrorCode, UserError} from '../../core/errors.ts';
import {cannotWrite, ensureFolder, folderQueue, syncFolder, type WriteOptions} from '../disk/atomic-file.ts';
import {exists} from '../disk/read-file.ts';

/** The right to put files into some folders, which whoever takes over ends for good. */
export interface Fence {
  /**
   * Makes a file appear whole in one of the fence's folders.
   *
   * @throws UserError `lease-lost` when another has taken over, `cannot-write`.
   */
  write(path: string, data: string | Uint8Array, options?: WriteOptions): Promise<void>;
  /** Writes like `write`, for many files of one folder: the caller syncs it once. */
  writeInFolder(path: string, data: string | Uint8Array): Promise<void>;
  /** Takes the fence down; nothing can be written afterwards. Never rejects. */
  lower(): Promise<void>;
}

/**
 * Raises a fence around folders. A file gets into them by a rename out of a hidden subfolder of the fence's own; taking
 * over removes the subfolders of all who came before, and a rename out of a folder that is gone fails. So a process
 * that slept through its lease cannot put anything there when it wakes, wherever it was stopped: asking "is it still
 * mine?" before a write leaves an instant between the two, this does not.
 *
 * The caller must look whether its lease is current after this and before it relies on the fence: one that is raised
 * too late is nobody's to remove.
 *
 * @param number of the lease; fences of lower numbers are torn down.
 * @throws UserError `cannot-write`.
 */
export async function raiseFence(folders: readonly string[], name: string, number: number): Promise<Fence> {
  const homes = new Map<string, string>();
  for (const folder of new Set(folders)) {
    try {
      await ensureFolder(folder);
      const home = fencePath(folder, name, number);
      await mkdir(home).catch(ignore('EEXIST'));
      homes.set(folder, home);
      for (let lower = number - 1; lower > 0; lower--) await tearDown(fencePath(folder, name, lower));
    } catch (error) {
      throw cannotWrite(folder, error);
    }
  }
  return new RaisedFence(homes);
}

/** Raises a fence for whoever holds a lock, which has no numbers: `others`, found by listing, are torn down. */
export async function raiseUnnumberedFence(folder: string, home: string, others: readonly string[]): Promise<Fence> {
  try {
    await mkdir(home);
    for (const other of others) await tearDown(other);
  } catch (error) {
    throw cannotWrite(folder, error);
  }
  return new RaisedFence(new Map([[folder, home]]));
}

function fencePath(folder: string, name: string, number: number): string {
  return join(folder, `.${name}.${number}.fence`);
}

/**
 * Removes a fence's folder on the server: clients of NFS that know it can then neither create in it nor rename out of
 * it.
 */
async function tearDown(home: string): Promise<void> {
  await rm(home, {recursive: true, force: true, maxRetries: 20, retryDelay: 10});
}

class RaisedFence implements Fence {
  readonly #homes: ReadonlyMap<string, string>;
  #counter = 0;

  constructor(homes: ReadonlyMap<string, string>) {
    this.#homes = homes;
  }

  async write(path: string, data: string | Uint8Array, {durable = true}: WriteOptions = {}): Promise<void> {
    await this.#publish(path, data, durable);
    if (durable) await syncFolder(dirname(path));
  }

  async writeInFolder(path: string, data: string | Uint8Array): Promise<void> {
    await this.#publish(path, data, true);
  }

  async lower(): Promise<void> {
    for (const home of this.#homes.values()) {
      // Empty, unless a write failed half-way.
      await rmdir(home).catch(() => tearDown(home).catch(() => undefined));
    }
  }

  async #publish(path: string, data: string | Uint8Array, durable: boolean): Promise<void> {
    const home = this.#homes.get(dirname(path));
    if (home === undefined) throw new Error(`Internal error: ${path} is in no folder of this fence`);
    this.#counter++;
    const temporary = join(home, `${this.#counter}.tmp`);
    try {
      const file = await folderQueue.run(home, () => open(temporary, 'wx', 0o644));
      try {
        await file.writeFile(data);
        if (durable) await file.datasync();
      } finally {
        await file.close();
      }
      await folderQueue.run(dirname(path), () => rename(temporary, path));
    } catch (error) {
      await unlink(temporary).catch(() => undefined);
      if (['ENOENT', 'ESTALE'].includes(systemErrorCode(error) ?? '') && !(await exists(home)))
        throw fenceDownError(path);
      throw cannotWrite(path, error);
    }
  }
}

function fenceDownError(path: string): UserError {
  return new UserError('lease-lost', `${basename(path)} belongs to another executor, which took over meanwhile`, {
    hint: 'nothing is wrong with the records; let the other one go on',
  });
}

function ignore(code: string) {
  return (error: unknown): void => {
    if (systemErrorCode(error) !== code) throw error;
  };
}
