import {readFileSync, readdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, afterEach, beforeAll, expect, test} from 'vitest';

import {ClusterGrid} from '../support/cluster-grid.ts';
import {describeOnCluster, startCluster, type Cluster} from '../support/cluster.ts';
import {recordsOf} from '../support/records.ts';
import {simulatedServerCommand} from '../support/submitted-grid.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

/** Faults of jobs and their servers. Each ends with everything done after `mac resume`, and nothing twice. */
describeOnCluster('after this fault everything gets done, and nothing twice:', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster({killWait: 3, nodeTimeout: 5, requeueDelay: 3});
  });
  afterEach(() => cluster.recover());
  afterAll(() => cluster.stop());

  const kill = (pattern: string): number => cluster.signal(pattern, 'SIGKILL');

  test('none at all', async () => {
    const grid = new ClusterGrid(cluster, {hurries: true});
    await grid.submit();
    await grid.untilQueueIsEmpty();
    grid.expectNothingLostOrTwice();
  });

  test('scancel of one element', async () => {
    const grid = new ClusterGrid(cluster);
    const [job] = await grid.submit();
    await grid.untilRecorded(8);
    await cluster.run('scancel', [`${job}_1`]);
    await grid.expectDoneAfterResume();
  });

  test('scancel of all', async () => {
    const grid = new ClusterGrid(cluster);
    const [job] = await grid.submit();
    await grid.untilRecorded(8);
    await cluster.run('scancel', [job!]);
    await grid.untilQueueIsEmpty();
    const {stdout} = await grid.mac(['status', grid.gridId]);
    expect(stdout).toContain('cancelled');
    await grid.expectDoneAfterResume();
  });

  test('kill -9 of the executors', async () => {
    const grid = new ClusterGrid(cluster);
    await grid.submit();
    await grid.untilRecorded(8);
    expect(kill(`slurm-element --submission ${grid.workspace}`)).toBeGreaterThan(0);
    await grid.expectDoneAfterResume();
  });

  test('kill -9 of the batch shells', async () => {
    const grid = new ClusterGrid(cluster);
    await grid.submit();
    await grid.untilRecorded(8);
    expect(kill('slurm_script')).toBeGreaterThan(0);
    await grid.expectDoneAfterResume();
  });

  test('a server that does not start', async () => {
    const marker = join(temporaryFolder(), 'may-start');
    const server = `[ -e ${marker} ] || { echo 'no GPU found' >&2; exit 3; }; ${simulatedServerCommand('--slots 2')}`;
    const grid = new ClusterGrid(cluster, {tasks: 2, server, profile: {server_restarts: 0}});
    await grid.submit();
    await grid.untilQueueIsEmpty();
    const {stdout} = await grid.mac(['status', grid.gridId]);
    expect(stdout).toMatch(/no GPU found|server/);
    expect(recordsOf(grid.workspace).transcripts).toEqual([]);
    writeFileSync(marker, '');
    await grid.expectDoneAfterResume();
  });

  test('servers that die half-way', async () => {
    const grid = new ClusterGrid(cluster);
    await grid.submit();
    await grid.untilRecorded(8);
    expect(kill(`serve-simulated --port`)).toBeGreaterThan(0);
    await grid.expectDoneAfterResume();
  });

  test('servers that hang', async () => {
    const grid = new ClusterGrid(cluster, {tasks: 2, profile: {server_hang_seconds: 5}});
    await grid.submit();
    await grid.untilRecorded(4);
    expect(cluster.signal('serve-simulated --port', 'SIGSTOP')).toBeGreaterThan(0);
    await grid.expectDoneAfterResume();
  });

  test('a config that is edited after it was submitted', async () => {
    const grid = new ClusterGrid(cluster);
    const path = join(grid.workspace, 'config/grid.yaml');
    await grid.submit();
    writeFileSync(path, readFileSync(path, 'utf8').replace('max_rounds: 1', 'max_rounds: 2'));
    await grid.expectDoneAfterResume();
    expect(recordsOf(grid.workspace).transcripts.every(({conversation_rounds: rounds}) => rounds.length === 1)).toBe(
      true,
    );
  });

  test('mac resume twice at once, while elements run', async () => {
    const grid = new ClusterGrid(cluster);
    const [job] = await grid.submit();
    await grid.untilRecorded(8);
    await cluster.run('scancel', [`${job}_0`, `${job}_1`]);
    await Promise.all([grid.mac(['resume', grid.gridId]), grid.mac(['resume', grid.gridId])]);
    await grid.expectDoneAfterResume();
    const folder = join(grid.workspace, 'bookkeeping/slurm');
    expect(readdirSync(folder)).toContain('code');
  });

  test('tasks of a pack, killed and resumed one by one', async () => {
    const grid = new ClusterGrid(cluster, {tasks: 6});
    await grid.submit(['--tasks-per-job', '3']);
    await grid.untilRecorded(8);
    expect(kill(`slurm-element --submission ${grid.workspace}`)).toBeGreaterThan(0);
    await grid.expectDoneAfterResume();
  });
});
