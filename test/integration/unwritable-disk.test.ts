import {cpSync, existsSync, mkdirSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import {execa} from 'execa';
import {describe, expect, test} from 'vitest';

import {MAC, runMac, type MacResult} from '../support/mac.ts';
import {countRecorded, recordsOf} from '../support/records.ts';
import {CAN_MOUNT, SmallDisk} from '../support/small-disk.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';
import {makeWorkspace} from '../support/workspace.ts';

const QUESTIONS = 15;
const TASKS = 3;
const TOTAL = QUESTIONS * TASKS;

const QUICK = '{backend: simulated, max_num_seqs: 6, simulated_config: {latency_median_ms: 10}}';
const SLOW = '{backend: simulated, max_num_seqs: 2, simulated_config: {latency_median_ms: 120}}';

/** A workspace of three tasks; `on` says which of its folders are disks of their own. */
function workspaceOn<Name extends '.' | 'bookkeeping' | 'experiment'>(
  name: Name,
  model = QUICK,
): {workspace: string; disk: SmallDisk} {
  const workspace = join(temporaryFolder('mac-disk-'), 'w');
  const disk = new SmallDisk(join(workspace, name));
  const extra = '_grid: {sweep: {agent_definitions.0.persona: [null, nurse, judge]}}';
  cpSync(makeWorkspace({questions: QUESTIONS, model, extra}), workspace, {recursive: true});
  return {workspace, disk};
}

/** Expects an error that names the file, the reason and what to do, never a stack trace. */
function expectClearError({exitCode, stdout, stderr}: MacResult, workspace: string, why: 'full' | 'read-only'): void {
  expect(exitCode, stderr).toBe(1);
  expect(stderr).toContain(`cannot write ${workspace}/`);
  expect(stderr).toMatch(why === 'full' ? /ENOSPC.*\s.*free some space/ : /EROFS.*\s.*make it writable/);
  expect(stdout + stderr).not.toMatch(/\n {4}at /);
}

/** Runs the command that the output suggests: resume where something was begun, else the same again. */
async function goOn({stdout}: MacResult, workspace: string): Promise<MacResult> {
  const told = /what is left: mac (.+)/.exec(stdout)?.[1];
  return runMac(told === undefined ? ['run', 'config/c.yaml'] : told.split(' '), {cwd: workspace});
}

/** Every question has exactly one transcript and one index line, and nothing unfinished lies about. */
function expectComplete(workspace: string, {exitCode, stdout, stderr}: MacResult): void {
  expect(exitCode, stdout + stderr).toBe(0);
  const {transcripts, indexLines, manifests, archives, gridManifests} = recordsOf(workspace);
  expect(transcripts.length).toBe(TOTAL);
  expect(indexLines.length).toBe(TOTAL);
  expect(new Set(indexLines.map(line => line.transcript_path)).size).toBe(TOTAL);
  expect(indexLines.every(line => line.status === 'succeeded')).toBe(true);
  expect([manifests, gridManifests]).toEqual([[], []]);
  expect(archives.length).toBe(1);
  expectNothingUnfinished(workspace);
}

function expectNothingUnfinished(workspace: string): void {
  const names = readdirSync(workspace, {recursive: true}) as string[];
  expect(names.filter(name => name.endsWith('.tmp') || name.endsWith('.lock'))).toEqual([]);
}

/** Runs the command and does something to its disk as soon as `count` questions are recorded. */
async function runUntil(workspace: string, count: number, then: (kill: () => void) => boolean): Promise<MacResult> {
  const child = execa(process.execPath, [MAC, 'run', 'config/c.yaml'], {cwd: workspace, reject: false});
  const timer = setInterval(() => {
    if (countRecorded(workspace) >= count && then(() => child.kill('SIGKILL'))) clearInterval(timer);
  }, 5);
  const {exitCode, stdout, stderr} = await child;
  clearInterval(timer);
  return {exitCode, stdout, stderr};
}

if (!CAN_MOUNT) console.warn('SKIPPED: full and read-only disks: this user may not mount filesystems (run as root)');

describe.skipIf(!CAN_MOUNT)('a full disk', () => {
  // From "not even the grid can be written down" to "the last task does not fit".
  test.each([0, 8, 16, 28, 44, 72, 120, 200, 280])(
    'with %i KiB left stops the run and loses nothing',
    async freeKiB => {
      const {workspace, disk} = workspaceOn('.');
      disk.fill(freeKiB);
      const stopped = await runMac(['run', 'config/c.yaml'], {cwd: workspace});
      expectClearError(stopped, workspace, 'full');
      expectNothingUnfinished(workspace);
      disk.free();
      expectComplete(workspace, await goOn(stopped, workspace));
    },
  );

  test.each(['bookkeeping', 'experiment'] as const)('under %s/ alone loses nothing', async name => {
    const {workspace, disk} = workspaceOn(name);
    disk.fill(64);
    const stopped = await runMac(['run', 'config/c.yaml'], {cwd: workspace});
    expectClearError(stopped, workspace, 'full');
    disk.free();
    expectComplete(workspace, await goOn(stopped, workspace));
  });

  test('that fills up while the run is under way, twice', async () => {
    const {workspace, disk} = workspaceOn('.', SLOW);
    const fill = () => {
      disk.fill(0);
      return true;
    };
    const stopped = await runUntil(workspace, 5, fill);
    expectClearError(stopped, workspace, 'full');
    const recorded = recordsOf(workspace).indexLines.length;
    disk.free();
    disk.fill(60);
    const again = await goOn(stopped, workspace);
    expectClearError(again, workspace, 'full');
    expect(recordsOf(workspace).indexLines.length).toBeGreaterThanOrEqual(recorded);
    disk.free();
    expectComplete(workspace, await goOn(again, workspace));
  });
});

describe.skipIf(!CAN_MOUNT)('a read-only disk', () => {
  test('refuses a run before it begins; what only reads works', async () => {
    const {workspace, disk} = workspaceOn('.');
    expect(disk.makeReadOnly()).toBe(true);
    const stopped = await runMac(['run', 'config/c.yaml'], {cwd: workspace});
    expectClearError(stopped, workspace, 'read-only');
    for (const args of [['ls'], ['plan', 'config/c.yaml']]) {
      const {exitCode, stderr} = await runMac(args, {cwd: workspace});
      expect(exitCode, stderr).toBe(0);
    }
    disk.makeWritable();
    expectComplete(workspace, await goOn(stopped, workspace));
  });

  test('under experiment/ stops the run', async () => {
    const {workspace, disk} = workspaceOn('experiment');
    expect(disk.makeReadOnly()).toBe(true);
    const stopped = await runMac(['run', 'config/c.yaml'], {cwd: workspace});
    expectClearError(stopped, workspace, 'read-only');
    disk.makeWritable();
    expectComplete(workspace, await goOn(stopped, workspace));
  });

  test('under bookkeeping/ in the middle of a run: what was recorded is indexed later', async () => {
    const {workspace, disk} = workspaceOn('bookkeeping', SLOW);
    const stopped = await runUntil(workspace, 5, () => disk.makeReadOnly());
    expectClearError(stopped, workspace, 'read-only');
    disk.makeWritable();
    expectComplete(workspace, await goOn(stopped, workspace));
  });

  test('after a crash refuses to resume, then resumes', async () => {
    const {workspace, disk} = workspaceOn('.', SLOW);
    await runUntil(workspace, 5, kill => {
      kill();
      return true;
    });
    expect(existsSync(join(workspace, 'bookkeeping'))).toBe(true);
    while (!disk.makeReadOnly());
    const stopped = await runMac(['resume', 'latest'], {cwd: workspace});
    expectClearError(stopped, workspace, 'read-only');
    disk.makeWritable();
    const {exitCode, stdout, stderr} = await runMac(['resume', 'latest'], {cwd: workspace});
    expect(exitCode, stdout + stderr).toBe(0);
    expect(recordsOf(workspace).transcripts.length).toBe(TOTAL);
    expect(new Set(recordsOf(workspace).indexLines.map(line => line.transcript_path)).size).toBe(TOTAL);
  });
});

test('a disk that never answers does not keep a stopped run alive', async () => {
  const workspace = makeWorkspace();
  const folder = join(workspace, 'experiment/b/e_as-human/task_manifest');
  mkdirSync(folder, {recursive: true});
  await execa('mkfifo', [join(folder, 'stuck.json')]); // whoever opens it waits for ever
  const child = execa(process.execPath, [MAC, 'run', 'config/c.yaml'], {
    cwd: workspace,
    reject: false,
    forceKillAfterDelay: false,
  });
  while (!existsSync(join(workspace, 'bookkeeping/config_snapshot'))) await new Promise(go => setTimeout(go, 10));
  child.kill('SIGTERM');
  const {signal, stderr} = await child;
  expect(signal).toBe('SIGTERM');
  expect(stderr).toMatch(/the disk does not answer.*mac resume/);
});
