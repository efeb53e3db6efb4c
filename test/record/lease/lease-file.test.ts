import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';

import {leasePath, listLeases, newestLease, readLease} from '../../../src/record/lease/lease-file.ts';
import {temporaryFolder} from '../../support/temporary-folder.ts';

test('the lease with the highest number counts, among those of its name', async () => {
  const folder = temporaryFolder();
  for (const file of [
    'lease.9.json',
    'lease.10.json',
    'lease.x.json',
    'lease.11.tmp',
    'lease.a.12.json',
    'b.13.json',
  ]) {
    writeFileSync(join(folder, file), '');
  }
  const leases = await listLeases(folder, 'lease');
  expect(leases.map(({number}) => number).sort((a, b) => a - b)).toEqual([9, 10]);
  expect(await newestLease(folder, 'lease')).toEqual({number: 10, path: leasePath(folder, 'lease', 10)});
});

test('a task without a folder has no lease; a folder that cannot be listed is an error', async () => {
  const folder = temporaryFolder();
  expect(await newestLease(join(folder, 'absent'), 'lease')).toBeNull();
  writeFileSync(join(folder, 'file'), '');
  await expect(newestLease(join(folder, 'file'), 'lease')).rejects.toMatchObject({code: 'ENOTDIR'});
});

test('a lease that is gone or being written reads as null', async () => {
  const path = join(temporaryFolder(), 'lease.1.json');
  expect(await readLease(path)).toBeNull();
  writeFileSync(path, '{"schema": "mac.le');
  expect(await readLease(path)).toBeNull();
  writeFileSync(path, '{"schema": "mac.lease/1", "number": 1}');
  expect(await readLease(path)).toMatchObject({number: 1});
});
