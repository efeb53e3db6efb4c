import {existsSync, mkdirSync, readFileSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';

import {raiseFence, raiseUnnumberedFence} from '../../../src/record/lease/fence.ts';
import {temporaryFolder} from '../../support/temporary-folder.ts';

test('a file written through a fence appears whole; of the fence nothing stays', async () => {
  const folder = join(temporaryFolder(), 'new');
  const fence = await raiseFence([folder, folder], 'task', 1);
  await fence.write(join(folder, 'one'), '1');
  await fence.writeInFolder(join(folder, 'two'), '2');
  await fence.lower();
  expect(readdirSync(folder).sort()).toEqual(['one', 'two']);
  expect(readFileSync(join(folder, 'two'), 'utf8')).toBe('2');
});

test('who was overtaken cannot write any more, and changes nothing', async () => {
  const folder = temporaryFolder();
  const [first, second] = [await raiseFence([folder], 'task', 1), await raiseFence([folder], 'task', 2)];
  const third = await raiseFence([folder], 'task', 3);
  await third.write(join(folder, 'f'), 'ours');
  for (const earlier of [first, second]) {
    await expect(earlier.write(join(folder, 'f'), 'late')).rejects.toMatchObject({code: 'lease-lost'});
    await expect(earlier.writeInFolder(join(folder, 'g'), 'late')).rejects.toMatchObject({code: 'lease-lost'});
    await earlier.lower();
  }
  await third.write(join(folder, 'f'), 'still ours');
  expect(readFileSync(join(folder, 'f'), 'utf8')).toBe('still ours');
  expect(existsSync(join(folder, 'g'))).toBe(false);
});

test('fences of other tasks stand in the same folder', async () => {
  const folder = temporaryFolder();
  const one = await raiseFence([folder], 'one', 1);
  await raiseFence([folder], 'two', 5);
  await one.write(join(folder, 'f'), 'ours');
  expect(readFileSync(join(folder, 'f'), 'utf8')).toBe('ours');
});

test('a fence that is down lets nothing through', async () => {
  const folder = temporaryFolder();
  const fence = await raiseFence([folder], 'task', 1);
  await fence.lower();
  await fence.lower();
  await expect(fence.write(join(folder, 'f'), 'late')).rejects.toMatchObject({code: 'lease-lost'});
});

test('a write that fails for another reason is no lost lease', async () => {
  const folder = temporaryFolder();
  const fence = await raiseFence([folder], 'task', 1);
  mkdirSync(join(folder, 'taken/full'), {recursive: true});
  await expect(fence.write(join(folder, 'taken'), '')).rejects.toMatchObject({code: 'cannot-write'});
  await expect(fence.write('/elsewhere/f', '')).rejects.toThrow('in no folder of this fence');
});

test('a fence without a number tears down those that its holder names', async () => {
  const folder = temporaryFolder();
  const [early, late] = [join(folder, '.a.fence'), join(folder, '.b.fence')];
  const first = await raiseUnnumberedFence(folder, early, []);
  const second = await raiseUnnumberedFence(folder, late, [early]);
  await expect(first.write(join(folder, 'f'), 'late')).rejects.toMatchObject({code: 'lease-lost'});
  await second.write(join(folder, 'f'), 'ours');
  expect(readFileSync(join(folder, 'f'), 'utf8')).toBe('ours');
});
