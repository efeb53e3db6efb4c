import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';

import {
  formatByName,
  normalizeOutput,
  ReaderClosedError,
  requireWritable,
  writeOutput,
  writeUnlessClosed,
} from '../../src/cli/output/output-file.ts';
import {WriteError} from '../../src/record/disk/atomic-file.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

test('a dash means stdout', () => {
  expect(normalizeOutput('-')).toBeUndefined();
  expect(normalizeOutput('./-')).toBe('./-');
});

test('the ending of a file name chooses its format, whatever its case; no ending chooses the first', () => {
  expect(formatByName('a/b.JSONL', ['csv', 'jsonl'])).toBe('jsonl');
  expect(formatByName('run.2/out', ['csv', 'jsonl'])).toBe('csv');
  expect(() => formatByName('out.xlsx', ['csv', 'jsonl'])).toThrow(
    expect.objectContaining({code: 'output-format', hint: 'name it .csv, .jsonl, or say --format'}),
  );
});

test('a new file may be written, an existing one with force only, and nothing but a file', async () => {
  const folder = temporaryFolder();
  const file = join(folder, 'a.csv');
  await expect(requireWritable(file, {force: false})).resolves.toBeUndefined();
  writeFileSync(file, '');
  await expect(requireWritable(file, {force: true})).resolves.toBeUndefined();
  await expect(requireWritable(file, {force: false})).rejects.toMatchObject({code: 'output-exists'});
  await expect(requireWritable(folder, {force: true})).rejects.toMatchObject({code: 'output-not-a-file'});
  await expect(requireWritable(join(file, 'b'), {force: true})).rejects.toMatchObject({
    code: 'output-unwritable',
    hint: 'a part of the path is a file, not a folder',
  });
});

test('a failed write to a path of the user is not blamed on the workspace; other errors pass', async () => {
  const full = Object.assign(new Error('full'), {code: 'ENOSPC'});
  const written = writeOutput(() => Promise.reject(new WriteError('/out/a.csv', full)));
  await expect(written).rejects.toMatchObject({
    code: 'output-unwritable',
    message: expect.stringContaining('/out/a.csv'),
    hint: 'free some space, or name another place for the output',
  });
  await expect(writeOutput(() => Promise.reject(full))).rejects.toBe(full);
  await expect(writeOutput(() => Promise.resolve(3))).resolves.toBe(3);
});

test('writing ends when the reader has gone', async () => {
  const texts: string[] = [];
  const output = {write: (text: string) => void texts.push(text), isTerminal: false, columns: 80};
  await writeUnlessClosed(output, 'a');
  await expect(writeUnlessClosed({...output, isClosed: true}, 'b')).rejects.toBeInstanceOf(ReaderClosedError);
  expect(texts).toEqual(['a', 'b']);
});
