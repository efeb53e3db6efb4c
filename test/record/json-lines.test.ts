import {readFileSync, writeFileSync} from 'node:fs';
import {open} from 'node:fs/promises';
import {join} from 'node:path';
import {expect, test} from 'vitest';

import {appendLines} from '../../src/record/json-lines.ts';
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
