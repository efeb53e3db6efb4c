import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, afterEach, beforeAll, expect, test} from 'vitest';

import {ClusterGrid} from '../support/cluster-grid.ts';
import {describeOnCluster, startCluster, type Cluster} from '../support/cluster.ts';
import {simulatedServerCommand} from '../support/submitted-grid.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

const lastSubmission = (grid: ClusterGrid): any => {
  const folder = join(grid.workspace, 'bookkeeping/slurm', grid.gridId);
  const name = readdirSync(folder)
    .filter(each => each.startsWith('submission_'))
    .sort()
    .at(-1);
  return JSON.parse(readFileSync(join(folder, name!), 'utf8'));
};

describeOnCluster('a cluster with accounting, a small MaxArraySize and a limit of jobs in the queue', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster({accounting: true, maxArraySize: 5, maxSubmitJobs: 8});
  });
  afterEach(() => cluster.recover());
  afterAll(() => cluster.stop());

  test('gets arrays that it takes; what is over the limit stays noted, and is submitted when there is room', async () => {
    const grid = new ClusterGrid(cluster, {tasks: 12, questions: 2});
    const {exitCode, stdout, stderr} = await grid.mac(['submit', 'config/grid.yaml', '--profile', 'test']);
    expect(exitCode, stderr).toBe(1);
    expect(stdout).toMatch(
      /array 0 {2}job \d+ +tasks 0-4 .*\n.*array 1 {2}deferred +tasks 5-9 .*\n.*array 2 {2}deferred/,
    );
    expect(stderr).toContain('QOSMaxSubmitJobPerUserLimit');
    expect(stderr).toContain('--submit-limit');
    expect(stderr).toContain(`mac resume ${grid.gridId} submits what is missing`);
    const {stdout: status} = await grid.mac(['status']);
    expect(status).toMatch(/7 not submitted {3}of 12/);
    expect(status).toContain('QOSMaxSubmitJobPerUserLimit');
    await grid.expectDoneAfterResume();
    expect(lastSubmission(grid).arrays.map(({tasks}: any) => [tasks.spec, tasks.offset])).toEqual([
      ['0-4', 5],
      ['0-1', 10],
    ]);
  });
});

describeOnCluster('mac resume', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster();
  });
  afterEach(() => cluster.recover());
  afterAll(() => cluster.stop());

  test('runs what is lost: begun, and forgotten by Slurm', async () => {
    const grid = new ClusterGrid(cluster);
    await grid.submit();
    await grid.untilRecorded(4);
    await cluster.loseJobs();
    const {stdout} = await grid.mac(['status']);
    expect(stdout).toMatch(/lost .*began 20.*Z, shows no sign of life, and Slurm knows nothing of job/);
    await grid.expectDoneAfterResume();
  });

  test('leaves a node out on which nothing works, and names it', async () => {
    // It fails only when others are at work elsewhere: else all might have come to the one node that is free again at
    // once.
    const elsewhere = join(temporaryFolder(), 'elsewhere');
    const fail = `until [ -e ${elsewhere} ]; do sleep 0.1; done; echo 'no GPU found' >&2; exit 3`;
    const server = `[ "$SLURMD_NODENAME" != n1 ] || { ${fail}; }; touch ${elsewhere}; ${simulatedServerCommand()}`;
    const grid = new ClusterGrid(cluster, {tasks: 6, questions: 2, server});
    await grid.submit();
    await grid.untilQueueIsEmpty();
    const {stderr} = await grid.mac(['resume']);
    expect(stderr).toMatch(
      /note: node n1 is left out: \d jobs failed there in the same way \(server failed: .*exit code 3/,
    );
    expect(lastSubmission(grid).profile.exclude).toEqual(['n1']);
    await grid.expectDoneAfterResume(0);
  });

  test('keeps the rest of an array off a node on which all die, while others work', async () => {
    const elsewhere = join(temporaryFolder(), 'elsewhere');
    const fail = `until [ -e ${elsewhere} ]; do sleep 0.1; done; echo 'no GPU found' >&2; exit 3`;
    const slow = simulatedServerCommand('--latency-ms 3000');
    const server = `[ "$SLURMD_NODENAME" != n1 ] || { ${fail}; }; touch ${elsewhere}; ${slow}`;
    const grid = new ClusterGrid(cluster, {tasks: 24, questions: 2, server, profile: {server_restarts: 0}});
    await grid.submit();
    await grid.untilQueueIsEmpty();
    const {stdout} = await grid.mac(['status', '--json']);
    const {counts} = JSON.parse(stdout).grids[0];
    // Four that made it known, and those that had begun there meanwhile.
    expect(counts.failed).toBeGreaterThanOrEqual(4);
    expect(counts.done).toBeGreaterThan(8);
    const {stderr} = await grid.mac(['resume']);
    expect(stderr).toMatch(/note: node n1 is left out: \d+ jobs failed there in the same way/);
    await grid.expectDoneAfterResume(0);
  });

  test('gives more memory to what ran out of it', async () => {
    const hog = `node -e 'globalThis.held = Buffer.alloc(5e8, 1); setTimeout(() => {}, 6e4)'`;
    // Slurm looks at the memory once a second: where there is too little the task takes long enough to be seen.
    const latency = `$([ "$SLURM_MEM_PER_NODE" -gt 1000 ] && echo 20 || echo 2000)`;
    const server = `${hog} & ${simulatedServerCommand(`--latency-ms ${latency}`)}`;
    const grid = new ClusterGrid(cluster, {tasks: 1, server, profile: {mem: '500M', requeue: false}});
    await grid.submit();
    await grid.untilQueueIsEmpty();
    const {exitCode, stderr} = await grid.mac(['resume', '--escalate', 'mem=4x']);
    expect(exitCode, stderr).toBe(0);
    expect(lastSubmission(grid).arrays[0].resources.mem).toBe('2000M');
    await grid.expectDoneAfterResume(0);
  });
});
