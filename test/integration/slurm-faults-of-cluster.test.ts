import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, afterEach, beforeAll, expect, test} from 'vitest';

import {ClusterGrid} from '../support/cluster-grid.ts';
import {describeOnCluster, startCluster, type Cluster} from '../support/cluster.ts';
import {CAN_MOUNT, SmallDisk} from '../support/small-disk.ts';
import {simulatedServerCommand} from '../support/submitted-grid.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

if (!CAN_MOUNT) console.warn('SKIPPED: full and read-only disks under Slurm: this process may not mount filesystems');

/** Faults of nodes, controller, memory, disks. Each ends with everything done after `mac resume`, and nothing twice. */
describeOnCluster('after this fault everything gets done, and nothing twice:', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster({killWait: 3, nodeTimeout: 5, requeueDelay: 3});
  });
  afterEach(() => cluster.recover());
  afterAll(() => cluster.stop());

  const kill = (pattern: string): number => cluster.signal(pattern, 'SIGKILL');

  test('kill -9 of the slurmstepds', async () => {
    const grid = new ClusterGrid(cluster);
    await grid.submit();
    await grid.untilRecorded(8);
    expect(kill('slurmstepd: [')).toBeGreaterThan(0);
    await grid.expectDoneAfterResume();
  });

  test('a node that dies and returns', async () => {
    const grid = new ClusterGrid(cluster, {tasks: 6});
    await grid.submit();
    await grid.untilRecorded(8);
    await cluster.killNode('n1');
    await cluster.returnNode('n1');
    await grid.expectDoneAfterResume();
  });

  test('a node that falls silent while its jobs go on, and returns', async () => {
    const grid = new ClusterGrid(cluster, {tasks: 6});
    await grid.submit();
    await grid.untilRecorded(8);
    await cluster.stopNode('n1');
    await cluster.waitFor('the controller to give n1 up', async () =>
      (await cluster.ask('sinfo', ['-h', '-n', 'n1', '-o', '%T'])).includes('down'),
    );
    await cluster.returnNode('n1');
    await grid.expectDoneAfterResume();
  });

  test('a controller that is restarted meanwhile', async () => {
    const grid = new ClusterGrid(cluster);
    await grid.submit();
    await grid.untilRecorded(8);
    await cluster.stopController();
    const {exitCode, stderr} = await grid.mac(['status', grid.gridId]);
    expect(exitCode, stderr).toBeLessThan(2);
    await cluster.startController();
    await grid.expectDoneAfterResume();
  });

  test('jobs that take too much memory', async () => {
    const marker = join(temporaryFolder(), 'may-be-lean');
    // Twice what the job may have, and no more: the machine has other guests.
    const hog = `node -e 'const a=[];setInterval(()=>a.length < 24 && a.push(Buffer.alloc(5e7,1)),50)'`;
    const latency = `$([ -e ${marker} ] && echo 20 || echo 2000)`;
    const server = `[ -e ${marker} ] || { ${hog} & }; ${simulatedServerCommand(`--slots 2 --latency-ms ${latency}`)}`;
    const grid = new ClusterGrid(cluster, {tasks: 1, server, profile: {mem: '600M', requeue: false}});
    await grid.submit();
    await grid.untilQueueIsEmpty();
    const {stdout} = await grid.mac(['status', grid.gridId]);
    expect(stdout).toContain('memory');
    writeFileSync(marker, '');
    await grid.expectDoneAfterResume();
  });

  test.runIf(CAN_MOUNT)('a disk that fills up, and is freed', async () => {
    const workspace = join(temporaryFolder('mac-small-'), 'workspace');
    const disk = new SmallDisk(workspace, 64);
    const grid = new ClusterGrid(cluster, {workspace});
    await grid.submit();
    await grid.untilRecorded(8);
    disk.fill(48);
    await grid.untilQueueIsEmpty();
    disk.free();
    await grid.expectDoneAfterResume();
  });

  test.runIf(CAN_MOUNT)('a workspace that is read-only when its jobs begin', async () => {
    const workspace = join(temporaryFolder('mac-small-'), 'workspace');
    const disk = new SmallDisk(workspace, 64);
    // In an hour, or as soon as the test waits for the queue to be empty.
    const grid = new ClusterGrid(cluster, {workspace, profile: {sbatch_lines: ['--begin=now+3600']}});
    await grid.submit();
    await cluster.waitFor('a read-only disk', () => Promise.resolve(disk.makeReadOnly()));
    await grid.untilQueueIsEmpty();
    const {exitCode, stderr} = await grid.mac(['resume', grid.gridId]);
    expect(exitCode).not.toBe(0);
    expect(stderr).toMatch(/read-only/);
    disk.makeWritable();
    await grid.expectDoneAfterResume();
  });
});
