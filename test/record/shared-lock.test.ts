import {existsSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';

import {withLock} from '../../src/record/shared-lock.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

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
