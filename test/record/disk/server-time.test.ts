import {readdirSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';

import {serverTime} from '../../../src/record/disk/server-time.ts';
import {temporaryFolder} from '../../support/temporary-folder.ts';

test('the time is that of a file written now, of which nothing stays', async () => {
  const folder = temporaryFolder();
  const first = await serverTime(folder);
  expect(await serverTime(folder)).toBeGreaterThanOrEqual(first);
  expect(new Date(first).getUTCFullYear()).toBeGreaterThan(2024);
  expect(readdirSync(folder)).toEqual([]);
});

test('where nothing can be written there is no time', async () => {
  await expect(serverTime(join(temporaryFolder(), 'absent'))).rejects.toMatchObject({code: 'ENOENT'});
});
