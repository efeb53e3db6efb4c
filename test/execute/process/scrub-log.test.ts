import {readFileSync, writeSync, closeSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';

import {ProcessLog} from '../../../src/execute/process/process-log.ts';
import {scrubLog} from '../../../src/execute/process/scrub-log.ts';
import {temporaryFolder} from '../../support/temporary-folder.ts';

function write(log: ProcessLog, data: string | Uint8Array): void {
  const file = log.open('a start');
  if (typeof data === 'string') writeSync(file, data);
  else writeSync(file, data);
  closeSync(file);
}

test('secrets that a program printed are hidden in its log, and nothing else changes', async () => {
  const log = new ProcessLog(join(temporaryFolder('mac-scrub-'), 'a.log'));
  write(log, 'earlier: plänted-value\n');
  write(log, Buffer.concat([Buffer.from('key plänted-value and sk-abcdefghijklmnopqrst\r'), Buffer.of(0xff, 0x0a)]));
  await scrubLog(log, ['plänted-value']);
  const bytes = readFileSync(log.path);
  const text = bytes.toString('latin1');
  expect(text).toContain('key *** and ***\r');
  expect([...bytes.subarray(-2)]).toEqual([0xff, 0x0a]);
  // What an earlier start wrote was looked at when that ended.
  expect(bytes.toString('utf8')).toContain('earlier: plänted-value');
});

test('a log without secrets is left alone, and one that is gone is no error', async () => {
  const log = new ProcessLog(join(temporaryFolder('mac-scrub-'), 'a.log'));
  await scrubLog(log, ['x']);
  write(log, 'nothing to hide\n'.repeat(200_000));
  const before = readFileSync(log.path);
  await scrubLog(log, ['planted-value']);
  expect(readFileSync(log.path).equals(before)).toBe(true);
});
