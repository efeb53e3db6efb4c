import {closeSync, readFileSync, rmSync, writeFileSync, writeSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';

import {ProcessLog} from '../../../src/execute/process/process-log.ts';
import {temporaryFolder} from '../../support/temporary-folder.ts';

function makeLog(): ProcessLog {
  return new ProcessLog(join(temporaryFolder('mac-log-'), 'logs', 'm.log'));
}

/** One start of the server, which writes something. */
function start(log: ProcessLog, text: string, title = 'start'): void {
  const file = log.open(title);
  writeSync(file, text);
  closeSync(file);
}

test('all starts append to one file, and the latest is read', () => {
  const log = makeLog();
  start(log, 'first\n', 'one');
  start(log, 'second\n', 'two');
  expect(readFileSync(log.path, 'utf8')).toBe('--- one\nfirst\n--- two\nsecond\n');
  expect([log.head(), log.tail()]).toEqual(['second\n', 'second\n']);
});

test('of a long log its end and its beginning are read', () => {
  const log = makeLog();
  start(log, `begin\n${'x'.repeat(2 * 1024 * 1024)}\nend\n`);
  expect(log.tail()).toHaveLength(64 * 1024);
  expect(log.tail().endsWith('x\nend\n')).toBe(true);
  expect(log.head()).toHaveLength(1024 * 1024);
  expect(log.head().startsWith('begin\n')).toBe(true);
});

test('the last lines are shown without colours, redrawn progress bars and what is too wide', () => {
  const log = makeLog();
  start(log, `\x1b[32mINFO\x1b[0m ready\nloading 10%\rloading 90%\r\n\n${'w'.repeat(400)}\n`);
  expect(log.lastLines().split('\n')).toEqual(['    INFO ready', '    loading 90%', `    ${'w'.repeat(300)}…`]);
  expect(log.lastLines(1)).toBe(`    ${'w'.repeat(300)}…`);
});

test('a log that is gone, or was never opened, is empty', () => {
  const log = makeLog();
  expect([log.tail(), log.head(), log.lastLines()]).toEqual(['', '', '']);
  start(log, 'text\n');
  rmSync(log.path);
  expect(log.tail()).toBe('');
});

test('a folder that cannot be made is an error that names the file', () => {
  const folder = temporaryFolder('mac-log-');
  writeFileSync(join(folder, 'logs'), '');
  const log = new ProcessLog(join(folder, 'logs', 'm.log'));
  expect(() => log.open('start')).toThrow(expect.objectContaining({code: 'cannot-write'}));
  expect(() => log.open('start')).toThrow('m.log');
});
