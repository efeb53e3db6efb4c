import {randomInt} from 'node:crypto';
import {dirname} from 'node:path';
import {setTimeout} from 'node:timers/promises';
import lockfile from 'proper-lockfile';

import {messageOf, systemErrorCode, UserError} from '../core/errors.ts';
import {cannotWrite, ensureFolder} from './atomic-file.ts';

/**
 * Runs `work` while holding the lock of a shared file. The lock is a folder `{path}.lock` beside it.
 *
 * A lock keeps writers from getting into each other's way; nothing may be wrong when two hold it at once, because after a stale lock
 * two contenders can (known of the library). So: what is written under it is either whole lines that readers can tell apart, or a
 * projection that is made anew.
 *
 * @throws UserError `lock-timeout` after about half a minute, `cannot-write`.
 */
export async function withLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  const release = await acquire(path);
  try {
    return await work();
  } finally {
    // A lock that was taken from us meanwhile is not ours to release; its taker will.
    await release().catch(() => undefined);
  }
}

/** Short pauses: a lock is held for milliseconds, and long ones would starve us among many writers. */
const MAX_PAUSE_MS = 150;
const MAX_ATTEMPTS = 300;

async function acquire(path: string): Promise<() => Promise<void>> {
  for (let attempt = 0; ; attempt++) {
    try {
      await ensureFolder(dirname(path));
      return await lockfile.lock(path, {
        realpath: false, // the file need not exist yet
        stale: 15_000,
        update: 3_000,
        // Its own retries would repeat what a full or read-only disk says, too.
        retries: 0,
        // The default throws from a timer, which would end the process. Losing the lock is survivable (see above).
        onCompromised: () => undefined,
      });
    } catch (error) {
      if (systemErrorCode(error) !== 'ELOCKED') throw cannotWrite(`${path}.lock`, error);
      if (attempt === MAX_ATTEMPTS) {
        throw new UserError('lock-timeout', `${path}.lock is held by another process: ${messageOf(error)}`, {
          hint: 'if no other mac runs in this workspace, remove that folder',
          cause: error,
        });
      }
    }
    await setTimeout(pauseMs(attempt));
  }
}

/** Growing, and jittered so that waiting writers do not come back together. */
function pauseMs(attempt: number): number {
  const longest = Math.min(MAX_PAUSE_MS, Math.ceil(3 * 1.15 ** attempt));
  return randomInt(Math.ceil(longest / 2), longest + 1);
}
