import {readFileSync, writeFileSync} from 'node:fs';
import {open} from 'node:fs/promises';
import {join} from 'node:path';
import {expect, test} from 'vitest';

import {appendLines, appendSharedLines} from '../../src/record/disk/json-lines.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

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
