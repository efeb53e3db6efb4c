import {existsSync, statSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';

import {ensureFolder, writeFileAtomic} from '../../src/record/disk/atomic-file.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

test('a folder is made with its parents, by many at once', async () => {
  const folder = join(temporaryFolder(), 'a/b/c/d');
  await Promise.all(Array.from({length: 20}, (_, i) => ensureFolder(i % 2 === 0 ? folder : `${folder}/e`)));
  expect(statSync(`${folder}/e`).isDirectory()).toBe(true);
});

test.runIf(existsSync('/proc/self'))(
  'a folder that can be neither found nor made is an error, not a loop',
  async () => {
    await expect(writeFileAtomic('/proc/nowhere/a/b.json', '{}')).rejects.toMatchObject({
      code: 'cannot-write',
      message: expect.stringContaining('cannot write /proc/nowhere/a/b.json: ENOENT'),
      hint: expect.stringContaining('MAC_FAIRNESS_EXPERIMENT_ROOT'),
    });
  },
);

test('a file where a folder has to be is an error that says so', async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'taken'), '');
  await expect(writeFileAtomic(join(folder, 'taken/f.json'), '{}')).rejects.toMatchObject({
    hint: 'a file is where a folder has to be',
  });
});
