import {readFileSync, statSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';

import {systemClock} from '../../../src/core/clock.ts';
import {ProcessLog} from '../../../src/execute/process/process-log.ts';
import {joinTokens} from '../../../src/execute/process/process-tree.ts';
import {runProcess, type ProcessEnd, type ProcessRequest} from '../../../src/execute/process/run-process.ts';
import {processesWith, untilNoneWith} from '../../support/processes.ts';
import {temporaryFolder} from '../../support/temporary-folder.ts';

/** Runs a shell script whose `$0` is a folder of the test's own, by which its processes are found. */
async function runScript(
  script: string,
  changes: Partial<ProcessRequest> = {},
): Promise<ProcessEnd & {readonly folder: string; readonly text: string; readonly log: ProcessLog}> {
  const folder = temporaryFolder('mac-process-');
  const log = new ProcessLog(join(folder, 'logs', 'process.log'));
  const end = await runProcess({
    argv: ['bash', '-c', script, folder],
    cwd: folder,
    env: process.env,
    log,
    title: 'again',
    timeoutMs: null,
    signal: new AbortController().signal,
    clock: systemClock,
    ...changes,
  });
  return {...end, folder, log, text: readFileSync(log.path, 'utf8')};
}

/** A process that keeps its folder in its command line, leaves the session and takes no SIGTERM. */
const STUBBORN = `trap '' TERM; while :; do sleep 0.2; done`;
const ESCAPED = `setsid -f bash -c "${STUBBORN}" "$0/escaped"`;

describe('a program that runs to its end', () => {
  test('has its exit code and both outputs in one log, in order', async () => {
    const {exit, cause, text} = await runScript('echo out; echo err >&2; echo out again; exit 4');
    expect({code: exit.code, cause}).toEqual({code: 4, cause: 'itself'});
    expect(text).toBe('out\nerr\nout again\n');
  });

  test('leaves no process behind, not even one that left its session and takes no SIGTERM', async () => {
    const {exit, text, folder} = await runScript(`${ESCAPED}; sleep 1000 & disown; exit 0`);
    expect(exit.code).toBe(0);
    expect(text).toMatch(/^--- mac: ended \d+ processes that it left running\n$/);
    expect(processesWith(folder)).toEqual([]);
  });

  test('starts with a line of its own in a log that has something', async () => {
    const {log, folder} = await runScript('printf unfinished');
    await runProcess({
      argv: ['echo', 'second'],
      cwd: folder,
      env: process.env,
      log,
      title: 'attempt 2',
      timeoutMs: null,
      signal: new AbortController().signal,
      clock: systemClock,
    });
    expect(readFileSync(log.path, 'utf8')).toBe('unfinished\n--- attempt 2\nsecond\n');
    expect(log.listLastLines(40, 100)).toEqual(['second']);
  });

  test('that cannot be started says so', async () => {
    const {exit, text} = await runScript('', {argv: ['/no/such/program']});
    expect(exit.code === 127 || exit.error !== undefined, `${exit.code ?? ''} ${text}`).toBe(true);
  });

  test('whose command no system can start says so', async () => {
    const {exit} = await runScript('', {argv: ['echo', 'a\0b']});
    expect(exit).toMatchObject({code: null, error: expect.stringContaining('NUL') as string});
  });

  test('has nothing on its standard input, and no terminal', async () => {
    const {text} = await runScript('cat; (: >/dev/tty) 2>/dev/null || echo no terminal');
    expect(text).toBe('no terminal\n');
  });
});

describe('a program that is ended', () => {
  test('by its time limit takes everything with it', async () => {
    const {cause, exit, text, folder} = await runScript(`${ESCAPED}; echo begun; exec sleep 1000`, {timeoutMs: 300});
    expect(cause).toBe('timeout');
    expect(exit.code).not.toBe(0);
    expect(text).toBe('begun\n--- mac: ended after 0.3 s, its time limit\n');
    expect(processesWith(folder)).toEqual([]);
  });

  test('by a stop takes everything with it', async () => {
    const stop = new AbortController();
    const running = runScript(`${ESCAPED}; exec sleep 1000`, {signal: stop.signal});
    setTimeout(() => stop.abort(), 200);
    const {cause, folder} = await running;
    expect(cause).toBe('stopped');
    expect(processesWith(folder)).toEqual([]);
  });

  test('because it writes without end leaves a log of the size that was allowed, and the reason in it', async () => {
    const {cause, log, text, folder} = await runScript(`yes "$0"`, {maxLogBytes: 100_000});
    expect(cause).toBe('log-full');
    expect(text).toMatch(/\n--- mac: ended because it wrote more than 100000 bytes here; the rest is cut off\n$/);
    expect(statSync(log.path).size).toBeLessThan(100_200);
    await untilNoneWith(folder);
  });

  test('whose log was just filled when it ended by itself is told of too', async () => {
    const {cause, log} = await runScript(`head -c 300000 /dev/zero | tr '\\0' x`, {maxLogBytes: 100_000});
    expect(cause).toBe('log-full');
    expect(statSync(log.path).size).toBeLessThan(100_200);
  });
});

test('the tree of a program in a tree of another mac is part of both', () => {
  expect(joinTokens({}, 'inner.')).toBe('inner.');
  expect(joinTokens({MAC_PROCESS_TREE: 'outer.'}, 'inner.')).toBe('outer.:inner.');
});
