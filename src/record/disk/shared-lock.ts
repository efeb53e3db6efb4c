import {randomInt} from 'node:crypto';
import {dirname} from 'node:path';
import {setTimeout} from 'node:timers/promises';
import lockfile from 'proper-lockfile';

import {errorMessage, systemErrorCode, UserError} from '../../core/errors.ts';
import {cannotWrite, ensureFolder, forgetFolder} from './atomic-file.ts';

/** The lock as seen by the work that holds it. */
export interface Hold {
  /**
   * Interrupts work whose lock was lost. Call it right before a write that others must not cross. Interrupted work is
   * run again from the start, so it must read again what it changes.
   */
  requireHeld(): void;
}

/**
 * Runs `work` while holding the lock of a shared file. The lock is a folder `{path}.lock` beside it.
 *
 * A lock keeps writers from getting into each other's way; nothing may be wrong when two hold it at once, because after
 * a stale lock two contenders can (known of the library). So: what is written under it is either whole lines that
 * readers can tell apart, or a projection that is made again behind a fence.
 *
 * @throws UserError `lock-timeout` after about half a minute, `cannot-write`.
 */
export async function withLock<T>(path: string, work: (hold: Hold) => Promise<T>): Promise<T> {
  for (;;) {
    const release = await acquire(path, MAX_ATTEMPTS);
    const result = await runWithLock(release, work);
    if (result !== LOST) return result;
  }
}

/**
 * Runs `work` if the lock is free now; returns `busy` without waiting when it is not, or when it is lost on the way.
 */
export async function withLockIfFree<T>(path: string, work: (hold: Hold) => Promise<T>): Promise<T | 'busy'> {
  let release: Release;
  try {
    release = await acquire(path, 0);
  } catch (error) {
    if (error instanceof UserError && error.code === 'lock-timeout') return 'busy';
    throw error;
  }
  const result = await runWithLock(release, work);
  return result === LOST ? 'busy' : result;
}

const LOST = Symbol('the lock is no longer ours');

interface Release {
  readonly release: () => Promise<void>;
  readonly isCompromised: () => boolean;
}

async function runWithLock<T>(
  {release, isCompromised}: Release,
  work: (hold: Hold) => Promise<T>,
): Promise<T | typeof LOST> {
  const watch = watchForPauses();
  try {
    return await work({
      requireHeld: () => {
        if (isCompromised() || watch.hasPaused()) throw new LockLost();
      },
    });
  } catch (error) {
    if (error instanceof LockLost) return LOST;
    throw error;
  } finally {
    watch.end();
    // The library releases without looking whose lock it is. Its next update looks: if another took over, there is
    // nothing to release.
    if (watch.hasPaused()) await setTimeout(2 * UPDATE_MS);
    await release().catch(() => undefined);
  }
}

/** Notices that the process was stopped: the time has jumped when it wakes, before any timer of the library fires. */
function watchForPauses(): {hasPaused: () => boolean; end: () => void} {
  let lastSeenMs = performance.now();
  let paused = false;
  const look = (): boolean => {
    const nowMs = performance.now();
    if (nowMs - lastSeenMs > PAUSE_MS) paused = true;
    lastSeenMs = nowMs;
    return paused;
  };
  const ticker = setInterval(look, TICK_MS);
  ticker.unref();
  return {hasPaused: look, end: () => clearInterval(ticker)};
}

class LockLost extends Error {}

/** Returns whether an error is the one that `requireHeld` throws; work must let it pass. */
export function isLockLost(error: unknown): boolean {
  return error instanceof LockLost;
}

const STALE_MS = 15_000;
const UPDATE_MS = 3_000;
const TICK_MS = 500;
/** A process that did not run for this long may have lost its locks. */
const PAUSE_MS = STALE_MS / 2;

/** Short pauses: a lock is held for milliseconds, and long ones would starve us among many writers. */
const MAX_PAUSE_MS = 150;
const MAX_ATTEMPTS = 300;

async function acquire(path: string, maxAttempts: number): Promise<Release> {
  let compromised = false;
  for (let attempt = 0; ; attempt++) {
    try {
      await ensureFolder(dirname(path));
      const release = await lockfile.lock(path, {
        realpath: false, // the file need not exist yet
        stale: STALE_MS,
        update: UPDATE_MS,
        // Its own retries would repeat what a full or read-only disk says, too.
        retries: 0,
        // The default throws from a timer, which would end the process. Losing the lock is survivable (see above).
        onCompromised: () => (compromised = true),
      });
      return {release, isCompromised: () => compromised};
    } catch (error) {
      const code = systemErrorCode(error) ?? '';
      // The lock that we had just made was taken for a stale one and removed, or the whole folder was. Both are as good
      // as busy.
      if (code === 'ENOENT' || code === 'ESTALE') forgetFolder(dirname(path));
      else if (code !== 'ELOCKED') throw cannotWrite(`${path}.lock`, error);
      if (attempt === maxAttempts) {
        throw new UserError('lock-timeout', `${path}.lock is held by another process: ${errorMessage(error)}`, {
          hint: 'if no other mac runs in this workspace, remove that folder',
          cause: error,
        });
      }
    }
    await setTimeout(pauseMs(attempt));
  }
}

/** Returns a growing pause, jittered so that waiting writers do not come back together. */
function pauseMs(attempt: number): number {
  const longest = Math.min(MAX_PAUSE_MS, Math.ceil(3 * 1.15 ** attempt));
  return randomInt(Math.ceil(longest / 2), longest + 1);
}
