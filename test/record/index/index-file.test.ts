import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {expect, test} from 'vitest';

import {
  appendIndexRecords,
  ensureIndexed,
  indexSize,
  latestRecords,
  readIndex,
  streamIndex,
  type IndexRecord,
} from '../../../src/record/index/index-file.ts';
import {temporaryFolder} from '../../support/temporary-folder.ts';

function record(id: string, extra: Partial<IndexRecord> = {}): IndexRecord {
  return {
    question_id: id,
    job_task_id: '7_0',
    config_snapshot_path: 's.yaml',
    transcript_path: `t/${id}.json`,
    status: 'succeeded',
    total_rounds_completed: 1,
    fatal_error: null,
    attempt: 1,
    ...extra,
  };
}

function newIndex(): string {
  return join(temporaryFolder(), 'bookkeeping/e_index.jsonl');
}

async function ids(path: string): Promise<string[]> {
  return (await readIndex(path)).records.map(({question_id: id}) => id);
}

test('lines are appended, and stand where they are said to', async () => {
  const path = newIndex();
  expect(await appendIndexRecords(path, [])).toEqual({start: 0, end: 0});
  expect(await indexSize(path)).toBe(0);
  const first = await appendIndexRecords(path, [record('a')]);
  const second = await appendIndexRecords(path, [record('b'), record('c')]);
  expect(first).toEqual({start: 0, end: second.start});
  expect(second.end).toBe(await indexSize(path));
  expect(readFileSync(path).subarray(second.start, second.end).toString()).toMatch(
    /^\{"question_id": "b".*\}\n\{.*\}\n$/,
  );
  expect(await ids(path)).toEqual(['a', 'b', 'c']);
});

test('only what is missing is appended, wherever the rest stands', async () => {
  const path = newIndex();
  const region = await appendIndexRecords(path, [record('a'), record('b')]);
  expect(await ensureIndexed(path, [record('a'), record('b')], [region])).toBe(0);
  expect(await ensureIndexed(path, [record('b'), record('c')], [{start: 0, end: 10}])).toBe(1);
  expect(await ensureIndexed(path, [record('a', {attempt: 2})])).toBe(1);
  expect(await ensureIndexed(path, [record('a', {status: 'failed'})])).toBe(1);
  expect(await ids(path)).toEqual(['a', 'b', 'c', 'a', 'a']);
});

test('a half line of a crash is not taken for the record that it began', async () => {
  const path = newIndex();
  await appendIndexRecords(path, [record('a'), record('b')]);
  writeFileSync(path, readFileSync(path, 'utf8').slice(0, -20));
  expect(await ensureIndexed(path, [record('a'), record('b')])).toBe(1);
  expect(await ids(path)).toEqual(['a', 'b']);
});

test('an index that is larger than one piece is looked through whole', async () => {
  const path = newIndex();
  mkdirSync(dirname(path));
  const filling = 'x'.repeat(1000);
  const lines = Array.from({length: 6000}, (_, i) => `${JSON.stringify({...record(`q${i}`), filling})}\n`);
  writeFileSync(path, lines.join(''));
  expect(await ensureIndexed(path, [record('q0'), record('q4999'), record('q5999'), record('new')])).toBe(1);
});

test('a status that is not known is for the reader to report; a line of something else is bad', async () => {
  const path = newIndex();
  await appendIndexRecords(path, [{...record('a'), status: 'undecided'} as unknown as IndexRecord]);
  writeFileSync(path, `${readFileSync(path, 'utf8')}{"other": 1}\n`);
  const bad: number[] = [];
  const streamed: string[] = [];
  for await (const {question_id: id} of streamIndex(path, line => bad.push(line))) streamed.push(id);
  expect([streamed, bad]).toEqual([['a'], [2]]);
  expect((await readIndex(path)).badLines).toEqual([2]);
});

test('of several lines of one transcript the highest attempt counts, then the last', () => {
  const lines = [
    record('a', {attempt: 2, status: 'failed'}),
    record('a', {attempt: 1}),
    record('a', {attempt: 2, status: 'partial'}),
    record('b', {attempt: undefined} as never),
  ];
  const latest = [...latestRecords(lines).values()].map(({question_id: id, status}) => [id, status]);
  expect(latest).toEqual([
    ['a', 'partial'],
    ['b', 'succeeded'],
  ]);
});

test('an index that cannot be read is an error, not an empty one', async () => {
  const folder = temporaryFolder();
  await expect(readIndex(folder)).rejects.toMatchObject({code: 'cannot-read'});
  await expect(ensureIndexed(folder, [record('a')])).rejects.toMatchObject({code: 'cannot-read'});
});
