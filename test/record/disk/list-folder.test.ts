import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';

import {listFolder} from '../../../src/record/disk/list-folder.ts';
import {temporaryFolder} from '../../support/temporary-folder.ts';

test('names are sorted; a folder that is not there has none', async () => {
  const folder = temporaryFolder();
  for (const name of ['b', 'a', 'B']) writeFileSync(join(folder, name), '');
  expect(await listFolder(folder)).toEqual(['B', 'a', 'b']);
  expect(await listFolder(join(folder, 'absent'))).toEqual([]);
  expect(await listFolder(join(folder, 'a'))).toEqual([]);
});

test('a folder that cannot be listed is not taken for an empty one', async () => {
  await expect(listFolder(join(temporaryFolder(), 'x'.repeat(300)))).rejects.toMatchObject({code: 'ENAMETOOLONG'});
});
