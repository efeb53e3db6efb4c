import {existsSync, rmdirSync, writeFileSync} from 'node:fs';
import type * as Fs from 'node:fs';
import {createRequire} from 'node:module';
import {join} from 'node:path';
import {expect, test, vi} from 'vitest';

import {withLock} from '../../../src/record/disk/shared-lock.ts';
import {temporaryFolder} from '../../support/temporary-folder.ts';

test('one at a time works under the lock, and it is gone afterwards', async () => {
  const path = join(temporaryFolder(), 'shared');
  let inside = 0;
  let most = 0;
  const work = async (): Promise<void> => {
    most = Math.max(most, ++inside);
    await new Promise(resolve => setImmediate(resolve));
    inside--;
  };
  await Promise.all(Array.from({length: 20}, () => withLock(path, work)));
  expect(most).toBe(1);
  expect(existsSync(`${path}.lock`)).toBe(false);
});

test('a lock that cannot be made says so at once, with its path', async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'file'), '');
  const locked = withLock(join(folder, 'file/shared'), () => Promise.resolve());
  await expect(locked).rejects.toMatchObject({code: 'cannot-write'});
});

test('a lock that another took for a stale one and removed while it was being made is made again', async () => {
  const path = join(temporaryFolder(), 'shared');
  const library = createRequire(import.meta.url).resolve('proper-lockfile');
  const fs = createRequire(library)('graceful-fs') as typeof Fs;
  const {mkdir} = fs;
  let made = 0;
  const spy = vi.spyOn(fs, 'mkdir').mockImplementation(((folder: string, done: (error: Error | null) => void) => {
    mkdir(folder, error => {
      if (!error && ++made === 1) rmdirSync(folder);
      done(error);
    });
  }) as typeof fs.mkdir);
  expect(await withLock(path, () => Promise.resolve('ours'))).toBe('ours');
  expect(made).toBe(2);
  spy.mockRestore();
});

test('a lock in a folder that was removed is made in a new one', async () => {
  const folder = join(temporaryFolder(), 'folder');
  await withLock(join(folder, 'shared'), () => Promise.resolve());
  rmdirSync(folder);
  expect(await withLock(join(folder, 'shared'), () => Promise.resolve('ours'))).toBe('ours');
});
