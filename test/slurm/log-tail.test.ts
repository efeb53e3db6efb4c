import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';

import {lastLines, readLogTail} from '../../src/slurm/submission/log-tail.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

test('the last lines are those a terminal would show', () => {
  expect(lastLines('a\nb\nc\n\n', 2)).toBe('b\nc');
  expect(lastLines('loading 1%\rloading 99%\r\n\x1b[31mfailed\x1b[0m\x07 \n', 8)).toBe('loading 99%\nfailed');
  expect(lastLines('', 8)).toBe('');
});

test('of a long log only the end is read', async () => {
  const path = join(temporaryFolder(), 'log');
  writeFileSync(path, `${'x'.repeat(100_000)}\nlast\n`);
  expect(await readLogTail(path, 1)).toBe('last');
  expect((await readLogTail(path))?.length).toBeLessThan(8_192);
});

test('a log that is not there has no end', async () => {
  expect(await readLogTail(join(temporaryFolder(), 'absent'))).toBeUndefined();
});
