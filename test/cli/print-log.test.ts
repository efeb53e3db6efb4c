import {appendFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';

import {printLog} from '../../src/cli/output/print-log.ts';
import {aCommandIo} from '../support/command-io.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

test('a log is printed once; one that is missing is told from one that is empty', async () => {
  const folder = temporaryFolder();
  const {io, written} = aCommandIo(folder);
  expect(await printLog(join(folder, 'log'), {}, io)).toBeUndefined();
  writeFileSync(join(folder, 'log'), '');
  expect(await printLog(join(folder, 'log'), {}, io)).toBe(0);
  writeFileSync(join(folder, 'log'), 'grüße\n');
  expect(await printLog(join(folder, 'log'), {}, io)).toBe(8);
  expect(written.stdout).toBe('grüße\n');
});

test('a log that is followed is printed to its end, though a piece ends within a character', async () => {
  const folder = temporaryFolder();
  const path = join(folder, 'log');
  const {io, written} = aCommandIo(folder);
  const bytes = Buffer.from('a – b\n');
  const pieces = [bytes.subarray(0, 3), bytes.subarray(3)];
  const isOver = (): Promise<boolean> => {
    const piece = pieces.shift();
    if (piece) appendFileSync(path, piece);
    // What is written between the last look and the end of the job must not be lost.
    return Promise.resolve(pieces.length === 0);
  };
  expect(await printLog(path, {isOver}, io)).toBe(bytes.length);
  expect(written.stdout).toBe('a – b\n');
});

test('a log that cannot be read is an error of its own', async () => {
  const {io} = aCommandIo('/');
  const path = join(temporaryFolder(), 'log');
  writeFileSync(path, '');
  await expect(printLog(join(path, 'below'), {}, io)).rejects.toMatchObject({code: 'cannot-read'});
});
