import {expect, test} from 'vitest';

import {KeyedQueue, mapConcurrently} from '../../src/core/concurrency.ts';
import {deferred} from '../../src/core/deferred.ts';

test('results keep the order of the items, whichever ends first, and no more than the limit run at once', async () => {
  const gates = [1, 2, 3, 4].map(() => deferred<undefined>());
  const started: number[] = [];
  const all = mapConcurrently([10, 20, 30, 40], 2, async (item, index) => {
    started.push(item);
    await gates[index]?.promise;
    return item + index;
  });
  expect(started).toEqual([10, 20]);
  gates[1]?.resolve(undefined);
  await expect.poll(() => started).toEqual([10, 20, 30]);
  for (const gate of gates) gate.resolve(undefined);
  expect(await all).toEqual([10, 21, 32, 43]);
});

test('the first failure is thrown and nothing new is started', async () => {
  const started: number[] = [];
  const all = mapConcurrently([1, 2, 3], 1, async item => {
    started.push(item);
    if (item === 2) throw new Error('no');
    return Promise.resolve(item);
  });
  await expect(all).rejects.toThrow('no');
  await new Promise(setImmediate);
  expect(started).toEqual([1, 2]);
});

test('nothing to do gives nothing', async () => {
  expect(await mapConcurrently([], 3, () => Promise.reject(new Error('never')))).toEqual([]);
});

test('work of one key runs one at a time in order, also after a failure, and other keys do not wait', async () => {
  const queue = new KeyedQueue();
  const gate = deferred<undefined>();
  const done: string[] = [];
  const note = (text: string) => (): Promise<void> => {
    done.push(text);
    return Promise.resolve();
  };
  const failing = queue.run('a', async () => {
    await gate.promise;
    throw new Error('no');
  });
  const second = queue.run('a', note('a2'));
  await queue.run('b', note('b1'));
  expect(done).toEqual(['b1']);
  gate.resolve(undefined);
  await expect(failing).rejects.toThrow('no');
  await second;
  await queue.run('a', note('a3'));
  expect(done).toEqual(['b1', 'a2', 'a3']);
});

test('work that is given while the last one ends never runs beside it', async () => {
  const queue = new KeyedQueue();
  let running = 0;
  let most = 0;
  const work = async (): Promise<void> => {
    most = Math.max(most, ++running);
    await Promise.resolve();
    running--;
  };
  const chain = async (): Promise<void> => {
    for (let i = 0; i < 50; i++) await queue.run('a', work);
  };
  await Promise.all([chain(), chain(), chain()]);
  expect(most).toBe(1);
});
