import {beforeEach, expect, test, vi} from 'vitest';

import type {Clock} from '../../../src/core/clock.ts';
import {UserError} from '../../../src/core/errors.ts';
import {appendIndexRecords, type IndexRecord, type Region} from '../../../src/record/index/index-file.ts';
import {IndexWriter} from '../../../src/record/index/index-writer.ts';

vi.mock('../../../src/record/index/index-file.ts', () => ({appendIndexRecords: vi.fn()}));

const append = vi.mocked(appendIndexRecords);

/** Every append is noted, takes `appendMs`, and can be made to fail. */
function fakeDisk(appendMs = 0) {
  const sleeps: {ms: number; wake: () => void}[] = [];
  let nowMs = 0;
  const clock: Clock = {
    now: () => nowMs,
    monotonic: () => nowMs,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason as Error), {once: true});
        sleeps.push({ms, wake: resolve});
      }),
  };
  const written: [path: string, ids: string[]][] = [];
  append.mockImplementation((path, records) => {
    nowMs += appendMs;
    written.push([path, records.map(({question_id: id}) => id)]);
    return Promise.resolve({start: 0, end: written.length});
  });
  /** Ends all sleeps, and what begins after them, `times` over. */
  const wakeAll = async (times = 2): Promise<void> => {
    for (let i = 0; i < times; i++) {
      for (const {wake} of sleeps.splice(0)) wake();
      await new Promise(resolve => setImmediate(resolve));
    }
  };
  return {clock, sleeps, written, wakeAll};
}

function records(...ids: string[]): IndexRecord[] {
  return ids.map(id => ({question_id: id}) as IndexRecord);
}

beforeEach(() => {
  append.mockReset();
});

test('lines of one index are gathered, those of another go by themselves', async () => {
  const {clock, written, wakeAll} = fakeDisk();
  const writer = new IndexWriter(clock);
  const regions: Promise<Region>[] = [
    writer.add('a', records('1')),
    writer.add('b', records('2')),
    writer.add('a', records('3', '4')),
  ];
  await wakeAll();
  expect(written).toEqual([
    ['a', ['1', '3', '4']],
    ['b', ['2']],
  ]);
  expect(await Promise.all(regions)).toEqual([
    {start: 0, end: 1},
    {start: 0, end: 2},
    {start: 0, end: 1},
  ]);
});

test('a task that waits for its lines gets them without the rest of the window', async () => {
  const {clock, sleeps, written, wakeAll} = fakeDisk();
  const writer = new IndexWriter(clock);
  const adding = writer.add('a', records('1'));
  await wakeAll(1);
  expect(sleeps.map(({ms}) => ms)).toEqual([250]);
  writer.flushSoon('a');
  await adding;
  expect(written).toEqual([['a', ['1']]]);
});

test('a slow index is written less often, and no sooner when a task waits', async () => {
  const {clock, sleeps, wakeAll} = fakeDisk(1_000);
  const writer = new IndexWriter(clock);
  const first = writer.add('a', records('1'));
  await wakeAll();
  await first;
  const second = writer.add('a', records('2'));
  expect(sleeps.map(({ms}) => ms)).toEqual([250]);
  await wakeAll(1);
  expect(sleeps.map(({ms}) => ms)).toEqual([3_750]);
  await wakeAll();
  await second;
});

test('a lock that is held is tried again; any other failure is told to everybody who waits', async () => {
  const {clock, wakeAll} = fakeDisk();
  append.mockRejectedValueOnce(new UserError('lock-timeout', 'held'));
  const writer = new IndexWriter(clock);
  const adding = writer.add('a', records('1'));
  await wakeAll();
  await adding;
  expect(append).toHaveBeenCalledTimes(2);
  append.mockRejectedValueOnce(new UserError('cannot-write', 'full'));
  const failing = [writer.add('a', records('2')), writer.add('a', records('3'))];
  const outcomes = Promise.allSettled(failing);
  await wakeAll();
  expect((await outcomes).map(({status}) => status)).toEqual(['rejected', 'rejected']);
  const next = writer.add('a', records('4'));
  await wakeAll();
  await next;
});

test('a lock that stays held is given up after three minutes', async () => {
  const {clock, wakeAll} = fakeDisk();
  append.mockRejectedValue(new UserError('lock-timeout', 'held'));
  const adding = new IndexWriter(clock).add('a', records('1'));
  const outcome = expect(adding).rejects.toMatchObject({code: 'lock-timeout'});
  await wakeAll();
  await outcome;
  expect(append).toHaveBeenCalledTimes(6);
});
