import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test, vi} from 'vitest';

import {isLockLost, withLock, withLockIfFree, type Hold} from '../../../src/record/disk/shared-lock.ts';
import {temporaryFolder} from '../../support/temporary-folder.ts';

// Waits of seconds before a lock that may be another's is let go.
vi.mock('node:timers/promises', () => ({setTimeout: () => new Promise(resolve => setImmediate(resolve))}));

/** Makes the next look at the clock find that the process was stopped for a minute. */
function sleepThroughLock(): void {
  const nowMs = performance.now();
  vi.spyOn(performance, 'now').mockReturnValueOnce(nowMs + 60_000);
}

test('work whose process was stopped for long is begun again before it writes', async () => {
  const path = join(temporaryFolder(), 'shared');
  const looked: string[] = [];
  const work = (hold: Hold): Promise<string> => {
    looked.push('looked');
    if (looked.length === 1) sleepThroughLock();
    hold.requireHeld();
    return Promise.resolve('written');
  };
  expect(await withLock(path, work)).toBe('written');
  expect(looked).toHaveLength(2);
  expect(existsSync(`${path}.lock`)).toBe(false);
});

test('work that need not be done now is left to others when its lock is lost', async () => {
  const outcome = withLockIfFree(join(temporaryFolder(), 'shared'), hold => {
    sleepThroughLock();
    hold.requireHeld();
    return Promise.resolve('written');
  });
  expect(await outcome).toBe('busy');
});

test('a lock that is held is busy, without waiting; the holder keeps it', async () => {
  const path = join(temporaryFolder(), 'shared');
  await withLock(path, async hold => {
    expect(await withLockIfFree(path, () => Promise.resolve('ours'))).toBe('busy');
    hold.requireHeld();
  });
  expect(await withLockIfFree(path, () => Promise.resolve('ours'))).toBe('ours');
});

test('a lock that stays held is an error which says how to get rid of it', async () => {
  const path = join(temporaryFolder(), 'shared');
  await withLock(path, async () => {
    await expect(withLock(path, () => Promise.resolve())).rejects.toMatchObject({
      code: 'lock-timeout',
      hint: 'if no other mac runs in this workspace, remove that folder',
    });
  });
});

test('an error of the work itself is no lost lock, and the lock is let go', async () => {
  const path = join(temporaryFolder(), 'shared');
  const error = new Error('full');
  await expect(withLock(path, () => Promise.reject(error))).rejects.toBe(error);
  expect(isLockLost(error)).toBe(false);
  expect(existsSync(`${path}.lock`)).toBe(false);
});
