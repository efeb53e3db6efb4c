import {expect, test} from 'vitest';

import {GroupCommit} from '../../../src/record/disk/group-commit.ts';

const nothing = (): Promise<void> => Promise.resolve();

test('items that come together are committed together, in order', async () => {
  const groups: number[][] = [];
  const group = new GroupCommit<number>({
    commit: items => Promise.resolve(void groups.push([...items])),
    afterCommit: nothing,
  });
  await Promise.all([1, 2, 3].map(item => group.add(item)));
  await group.add(4);
  expect(groups).toEqual([[1, 2, 3], [4]]);
});

test('after a failure nothing more is committed, not even what waited already', async () => {
  const groups: number[][] = [];
  const group = new GroupCommit<number>({
    commit: async items => {
      groups.push([...items]);
      await Promise.resolve();
      throw new Error('full');
    },
    afterCommit: nothing,
  });
  const first = Array.from({length: 256}, (_, i) => group.add(i));
  const waiting = group.add(256);
  for (const each of [...first, waiting]) await expect(each).rejects.toThrow('full');
  await expect(group.add(257)).rejects.toThrow('full');
  await group.drain();
  expect(groups.length).toBe(1);
});

test('a failure elsewhere stops the commits', async () => {
  const group = new GroupCommit<number>({commit: nothing, afterCommit: nothing});
  group.fail(new Error('the index is full'));
  await expect(group.add(1)).rejects.toThrow('the index is full');
});

test('nobody waits for what follows a commit but the next commit', async () => {
  const events: string[] = [];
  let finish = (): void => undefined;
  const following = new Promise<void>(resolve => {
    finish = resolve;
  });
  const group = new GroupCommit<number>({
    commit: items => Promise.resolve(void events.push(`commit ${items.join()}`)),
    afterCommit: () => (events.length === 1 ? following.then(() => void events.push('followed')) : nothing()),
  });
  await group.add(1);
  const next = group.add(2);
  const draining = group.drain();
  expect(events).toEqual(['commit 1']);
  finish();
  await Promise.all([next, draining]);
  expect(events).toEqual(['commit 1', 'followed', 'commit 2']);
});

test('draining does not wait for company', async () => {
  const groups: number[][] = [];
  const group = new GroupCommit<number>({
    commit: items => Promise.resolve(void groups.push([...items])),
    afterCommit: nothing,
  });
  const adding = group.add(1);
  await group.drain();
  expect(groups).toEqual([[1]]);
  await adding;
  await group.drain();
});
