import {readFileSync, writeFileSync} from 'node:fs';
import {open} from 'node:fs/promises';
import {join} from 'node:path';
import {expect, test} from 'vitest';

import {appendLines, appendSharedLines, readLines, streamLines} from '../../../src/record/disk/json-lines.ts';
import {temporaryFolder} from '../../support/temporary-folder.ts';

test.each([
  ['', '{"a": 1}\n{"a": 2}\n'],
  ['{"a": 0}\n', '{"a": 0}\n{"a": 1}\n{"a": 2}\n'],
  ['{"a": 0}\n{"a', '{"a": 0}\n{"a": 1}\n{"a": 2}\n'],
  [`{"a": 0}\n{"a": "${'x'.repeat(200_000)}`, '{"a": 0}\n{"a": 1}\n{"a": 2}\n'],
  ['{"torn', '{"a": 1}\n{"a": 2}\n'],
])('after %.20j whole lines follow, and half a line is taken away', async (before, after) => {
  const path = join(temporaryFolder(), 'lines.jsonl');
  writeFileSync(path, before);
  const file = await open(path, 'a+');
  await appendLines(file, [{a: 1}, {a: 2}]);
  await file.close();
  expect(readFileSync(path, 'utf8')).toBe(after);
});

test('a write that fails leaves the file as it was', async () => {
  const path = join(temporaryFolder(), 'lines.jsonl');
  writeFileSync(path, '{"a": 0}\n');
  const file = await open(path, 'a+');
  file.datasync = () => Promise.reject(new Error('ENOSPC'));
  await expect(appendLines(file, [{a: 1}])).rejects.toThrow('ENOSPC');
  await file.close();
  expect(readFileSync(path, 'utf8')).toBe('{"a": 0}\n');
});

const nothing = (): void => undefined;

test.each([
  ['', '{"a": 1}\n'],
  ['{"a": 0}\n', '{"a": 0}\n{"a": 1}\n'],
  ['{"a": 0}\n{"a', '{"a": 0}\n   {"a": 1}\n'],
  ['{"torn', '      {"a": 1}\n'],
])('after %.20j a shared file goes on, and half a line is blank', async (before, after) => {
  const path = join(temporaryFolder(), 'lines.jsonl');
  writeFileSync(path, before);
  const {start, end} = await appendSharedLines(path, [{a: 1}], nothing);
  expect(readFileSync(path, 'utf8')).toBe(after);
  expect(after.slice(start, end)).toBe('{"a": 1}\n');
});

test('a holder of a lock that wakes up late takes no line of the next one away', async () => {
  const path = join(temporaryFolder(), 'lines.jsonl');
  writeFileSync(path, '{"a": 0}\n{"torn');
  // The first has seen the half line and is stopped; the next mends it, appends, and is done. Then the first goes on.
  let stopped = false;
  const wakeUp = (): void => {
    if (!stopped) writeFileSync(path, '{"a": 0}\n      {"b": 1}\n');
    stopped = true;
  };
  await appendSharedLines(path, [{a: 1}], wakeUp);
  const lines = readFileSync(path, 'utf8').split('\n').filter(Boolean);
  expect(lines.map(line => JSON.parse(line))).toEqual([{a: 0}, {b: 1}, {a: 1}]);
});

const isNumbered = (value: unknown): value is {a: number} => typeof (value as {a?: unknown}).a === 'number';

async function streamed(path: string): Promise<{records: unknown[]; badLines: number[]}> {
  const badLines: number[] = [];
  const records: unknown[] = [];
  for await (const record of streamLines(path, isNumbered, line => badLines.push(line))) records.push(record);
  return {records, badLines};
}

test.each([
  ['', [], []],
  ['{"a": 1}\n\n{"a": 2}\n', [1, 2], []],
  ['{"a": 1}\n{"b": 2}\nnot JSON\n{"a": 3}\n', [1, 3], [2, 3]],
  ['{"a": 1}\n   {"a": 2}\n', [1, 2], []],
  ['{"a": 1}\n{"a": 2}', [1], [2]],
])('%j is read, whole or one by one, up to its torn end', async (text, numbers, badLines) => {
  const path = join(temporaryFolder(), 'lines.jsonl');
  writeFileSync(path, text);
  const expected = {records: numbers.map(a => ({a})), badLines};
  expect(await readLines(path, isNumbered)).toEqual(expected);
  expect(await streamed(path)).toEqual(expected);
});

test('lines are read one by one whatever pieces the file comes in', async () => {
  const path = join(temporaryFolder(), 'lines.jsonl');
  const records = Array.from({length: 5_000}, (_, a) => ({a, filling: 'é'.repeat(400)}));
  writeFileSync(path, records.map(record => `${JSON.stringify(record)}\n`).join(''));
  expect(await streamed(path)).toEqual({records, badLines: []});
});

test('a file that is not there has no lines; one that cannot be read is an error', async () => {
  const folder = temporaryFolder();
  expect(await readLines(join(folder, 'absent'), isNumbered)).toEqual({records: [], badLines: []});
  expect(await streamed(join(folder, 'absent'))).toEqual({records: [], badLines: []});
  await expect(readLines(folder, isNumbered)).rejects.toMatchObject({code: 'cannot-read'});
  await expect(streamed(folder)).rejects.toMatchObject({code: 'cannot-read'});
});
