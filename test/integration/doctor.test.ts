import {mkdirSync, readdirSync, utimesSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {execa} from 'execa';
import {afterAll, afterEach, beforeAll, describe, expect, test} from 'vitest';

import {type Cluster, describeOnCluster, startCluster} from '../support/cluster.ts';
import {MAC, runMac} from '../support/mac.ts';
import {countRecorded} from '../support/records.ts';
import {CAN_MOUNT, SmallDisk} from '../support/small-disk.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';
import {makeWorkspace} from '../support/workspace.ts';

interface Line {
  readonly check: string;
  readonly status: string;
  readonly found: string;
  readonly advice?: string;
}

async function doctor(workspace: string, args: readonly string[] = [], env: Readonly<Record<string, string>> = {}) {
  const {exitCode, stdout, stderr} = await runMac(['doctor', '--json', ...args], {cwd: workspace, env});
  expect(stderr).toBe('');
  const report = JSON.parse(stdout);
  const lines: Line[] = report.sections.flatMap(({findings}: {findings: Line[]}) => findings);
  const statusOf = (check: string): string | undefined => lines.find(line => line.check === check)?.status;
  return {exitCode, report, lines, statusOf};
}

/** No Slurm on the PATH. */
const NO_SLURM = {PATH: '/nonexistent'};

test('a healthy workspace passes, and nothing is left in it', async () => {
  const workspace = makeWorkspace();
  const before = readdirSync(workspace, {recursive: true});
  const {exitCode, lines, statusOf} = await doctor(workspace, [], NO_SLURM);
  expect(lines.filter(({status}) => status === 'fail')).toEqual([]);
  expect(exitCode).toBe(0);
  const checks = [
    'write',
    'atomic rename',
    'exclusive create',
    'append under lock',
    'lock',
    'stale lock',
    'fence',
    'names',
  ];
  expect(checks.map(statusOf)).toEqual(checks.map(() => 'ok'));
  expect(readdirSync(workspace, {recursive: true})).toEqual(before);
});

test('tasks of executors that are gone and files that dead processes left are named', async () => {
  const workspace = makeWorkspace({
    questions: 50,
    model: '{backend: simulated, max_num_seqs: 2, simulated_config: {latency_median_ms: 300}}',
  });
  const child = execa(process.execPath, [MAC, 'run', 'config/c.yaml'], {cwd: workspace, reject: false});
  while (countRecorded(workspace) < 3) await new Promise(resolve => setTimeout(resolve, 5));
  child.kill('SIGKILL');
  await child;
  const folder = join(workspace, 'bookkeeping/grid_manifest');
  const leftover = join(folder, '.x.json.some-host.1.1.0123456789ab.tmp');
  writeFileSync(leftover, '');
  utimesSync(leftover, 0, 0);
  const {exitCode, lines, statusOf} = await doctor(workspace, [], NO_SLURM);
  expect(exitCode).toBe(0);
  expect(statusOf('leases')).toBe('warn');
  expect(lines.find(({check}) => check === 'leases')!.found).toMatch(
    new RegExp(`task 0 of \\S+ \\(process ${child.pid} on \\S+, which has ended\\)`),
  );
  expect(lines.find(({check}) => check === 'leftovers')!.found).toContain(leftover);
});

test('a profile that is not valid, and one without Slurm, fail with what to do', async () => {
  const workspace = makeWorkspace();
  const path = join(workspace, 'p.yaml');
  writeFileSync(path, 'partition: gpu\ntmie: 5\n');
  const wrong = await doctor(workspace, ['--profile', path], NO_SLURM);
  expect(wrong.exitCode).toBe(1);
  expect(wrong.lines.find(({check}) => check === 'profile')!.found).toContain('tmie');
  const missing = await doctor(workspace, ['--partition', 'gpu'], NO_SLURM);
  expect(missing.exitCode).toBe(1);
  expect(missing.statusOf('slurm')).toBe('fail');
});

if (!CAN_MOUNT) console.warn('SKIPPED: mac doctor on bad disks: needs the right to mount');

describe.skipIf(!CAN_MOUNT)('on a disk', () => {
  test('that is read-only, it says so', async () => {
    const workspace = join(temporaryFolder(), 'w');
    const disk = new SmallDisk(workspace);
    mkdirSync(join(workspace, 'config'));
    expect(disk.makeReadOnly()).toBe(true);
    const {exitCode, lines} = await doctor(workspace, [], NO_SLURM);
    expect(exitCode).toBe(1);
    const write = lines.find(({check}) => check === 'write')!;
    expect(write.status).toBe('fail');
    expect(write.found).toContain('EROFS');
    expect(write.advice).toContain('read-only');
  });

  test('that is full, it says so', async () => {
    const workspace = join(temporaryFolder(), 'w');
    const disk = new SmallDisk(workspace);
    mkdirSync(join(workspace, 'config'));
    disk.fill(0);
    const {exitCode, lines, statusOf} = await doctor(workspace, [], NO_SLURM);
    expect(exitCode).toBe(1);
    expect([statusOf('space'), statusOf('write')]).toEqual(['fail', 'fail']);
    expect(lines.find(({check}) => check === 'write')!.advice).toContain('free some space');
    expect(statusOf('filesystem')).toBe('warn'); // in memory
  });
});

test('the second process of the filesystem checks ends with the first', async () => {
  // It reads a file that nobody ends: on its own it would read for ever.
  const script = join(dirname(MAC), '../dist/record/doctor/second-process-main.js');
  const other = execa(process.execPath, [script, 'read', temporaryFolder()], {input: 'begin\n', reject: false});
  expect((await other).signal).toBe('SIGTERM');
});

describeOnCluster('with a real Slurm', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster({maxArraySize: 77});
  });
  afterEach(() => cluster.recover());
  afterAll(() => cluster.stop());

  test('it asks the cluster, holds the profile against it, and a tiny job tells what a node sees', async () => {
    const workspace = makeWorkspace();
    // As in a checkout of this very project: the probe must not take itself for an ES module.
    writeFileSync(join(workspace, 'package.json'), '{"type": "module"}');
    const good = await doctor(workspace, ['--deep', '--partition', 'gpu', '--time', '60'], cluster.env);
    expect(good.lines.filter(({status}) => status === 'fail')).toEqual([]);
    expect(good.exitCode).toBe(0);
    expect(good.lines.find(({check}) => check === 'arrays')!.found).toContain('77');
    expect(good.lines.find(({check}) => check === 'accounting')!.found).toBe('off');
    expect(good.statusOf('job')).toBe('ok');
    expect(good.lines.find(({check}) => check === 'job GPU')!.found).toContain('CUDA_VISIBLE_DEVICES=');
    expect(readdirSync(join(workspace, 'bookkeeping/slurm'))).toEqual([]);

    const bad = await doctor(workspace, ['--partition', 'nope'], cluster.env);
    expect(bad.exitCode).toBe(1);
    expect(bad.lines.find(({check}) => check === 'partition')!.advice).toContain('gpu');
    const long = await doctor(workspace, ['--partition', 'gpu', '--time', '9-00', '--gpu-type', 'h100'], cluster.env);
    expect([long.statusOf('time'), long.statusOf('gpus')]).toEqual(['fail', 'fail']);
  });

  test('it says when the controller does not answer', async () => {
    await cluster.stopController();
    const {exitCode, lines} = await doctor(makeWorkspace(), ['--partition', 'gpu'], cluster.env);
    expect(exitCode).toBe(1);
    expect(lines.find(({check}) => check === 'slurm')!.status).toBe('fail');
  });
});
