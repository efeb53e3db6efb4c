import {dirname} from 'node:path';
import lockfile from 'proper-lockfile';

import {messageOf, systemErrorCode, UserError} from '../core/errors.ts';
import {ensureFolder} from './atomic-file.ts';

/**
 * Runs `work` while holding the lock of a shared file. The lock is a folder `{path}.lock` beside it.
 *
 * A lock keeps writers from getting into each other's way; nothing may be wrong when two hold it at once, because after a stale lock
 * two contenders can (known of the library). So: what is written under it is either whole lines that readers can tell apart, or a
 * projection that is made anew.
 *
 * @throws UserError `lock-timeout` after about half a minute.
 */
export async function withLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  await ensureFolder(dirname(path));
  const release = await acquire(path);
  try {
    return await work();
  } finally {
    // A lock that was taken from us meanwhile is not ours to release; its taker will.
    await release().catch(() => undefined);
  }
}

async function acquire(path: string): Promise<() => Promise<void>> {
  try {
    return await lockfile.lock(path, {
      realpath: false, // the file need not exist yet
      stale: 15_000,
      update: 3_000,
      // Short pauses with jitter: a lock is held for milliseconds, and long pauses would starve us among many writers.
      retries: {retries: 300, factor: 1.15, minTimeout: 3, maxTimeout: 150, randomize: true},
      // The default throws from a timer, which would end the process. Losing the lock is survivable (see above).
      onCompromised: () => undefined,
    });
  } catch (error) {
    if (systemErrorCode(error) !== 'ELOCKED') throw error;
    throw new UserError('lock-timeout', `${path}.lock is held by another process: ${messageOf(error)}`, {
      hint: 'if no other mac runs in this workspace, remove that folder',
      cause: error,
    });
  }
}
