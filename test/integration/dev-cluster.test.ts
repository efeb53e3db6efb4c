import {randomUUID} from 'node:crypto';
import {readFileSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, afterEach, beforeAll, expect, test} from 'vitest';

import {askAccounting} from '../../src/slurm/cluster/ask-slurm.ts';
import {createSlurmClient} from '../../src/slurm/cluster/client.ts';
import {type Cluster, HAS_MEMORY_CGROUP, describeOnCluster, startCluster} from '../support/cluster.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

const HUNGRY = `exec python3 -c 'import time; x = bytearray(300 << 20); time.sleep(60)'`;

describeOnCluster('the development cluster', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster({maxArraySize: 50, killWait: 2, nodeTimeout: 5, requeueDelay: 8});
  });
  afterEach(() => cluster.recover());
  afterAll(() => cluster.stop());

  test('gives every element of an array its own pair of GPUs', async () => {
    const folder = temporaryFolder();
    await cluster.submit(`echo "$SLURMD_NODENAME:$CUDA_VISIBLE_DEVICES" > ${folder}/$SLURM_ARRAY_TASK_ID; sleep 600`, [
      '--array=0-5',
      '--gres=gpu:2',
    ]);
    const devices = await cluster.waitFor('six elements to write', () => {
      const written = readdirSync(folder).map(element => readFileSync(join(folder, element), 'utf8').trim());
      return Promise.resolve(written.length === 6 && !written.includes('') && written.sort());
    });
    expect(devices).toEqual(['n1:0,1', 'n1:2,3', 'n2:0,1', 'n2:2,3', 'n3:0,1', 'n3:2,3']);
  });

  test('places a typed request on the node that has the type, and refuses more than a node has', async () => {
    const id = await cluster.submit('sleep 30', ['--gres=gpu:v100:3']);
    expect(await cluster.waitForState(id, 'RUNNING')).toMatchObject({NodeList: 'n3'});
    await expect(cluster.submit('true', ['--gres=gpu:v100:5'])).rejects.toThrow(
      'Requested node configuration is not available',
    );
  });

  test('refuses an index that is as large as MaxArraySize', async () => {
    await expect(cluster.submit('true', ['--array=0-50'])).rejects.toThrow('Invalid job array specification');
    await cluster.submit('true', ['--array=48-49']);
  });

  test('requeues one element and leaves the other alone', async () => {
    const id = await cluster.submit('sleep 600', ['--array=0-1']);
    await cluster.waitForState(`${id}_1`, 'RUNNING');
    await cluster.run('scontrol', ['requeue', `${id}_1`]);
    await cluster.waitFor('the element to wait', async () => {
      const {JobState, Reason} = await cluster.showJob(`${id}_1`);
      return JobState === 'PENDING' && Reason === 'BeginTime';
    });
    expect(await cluster.waitForState(`${id}_1`, 'RUNNING')).toMatchObject({Restarts: '1'});
    expect(await cluster.showJob(`${id}_0`)).toMatchObject({JobState: 'RUNNING', Restarts: '0'});
  });

  test('takes the GPUs of a preemptible job for one of the default partition', async () => {
    const victim = await cluster.submit('sleep 600', ['--partition=preempt', '--gres=gpu:v100:4']);
    await cluster.waitForState(victim, 'RUNNING');
    const taker = await cluster.submit('sleep 600', ['--gres=gpu:v100:4']);
    await cluster.waitForState(taker, 'RUNNING');
    expect(await cluster.waitForState(victim, 'PENDING')).toMatchObject({Restarts: '1'});
  });

  test('requeues the job of a node that lost its power, and takes the node back', async () => {
    const [lost, back] = [
      await cluster.submit('sleep 600', ['--nodelist=n2', '--no-requeue']),
      await cluster.submit('sleep 600', ['--nodelist=n2', '--requeue']),
    ];
    await cluster.waitForState(lost, 'RUNNING');
    await cluster.waitForState(back, 'RUNNING');
    await cluster.killNode('n2');
    await cluster.waitForState(lost, 'NODE_FAIL');
    expect(await cluster.waitForState(back, 'PENDING')).toMatchObject({Restarts: '1'});
    await cluster.returnNode('n2');
    await cluster.waitForState(back, 'RUNNING');
  });

  test('kills a job over its memory, which reads as a failed launch where there are no cgroups', async () => {
    const output = join(temporaryFolder(), 'output');
    const id = await cluster.submit(HUNGRY, ['--mem=50M', `--output=${output}`]);
    expect(await cluster.waitForState(id, 'FAILED')).toMatchObject({Reason: 'JobLaunchFailure', ExitCode: '0:9'});
    expect(readFileSync(output, 'utf8')).toMatch(/exceeded memory limit \(\d+ > 52428800\), being killed/);
  });

  test('queues what is submitted to a frozen controller although sbatch reports a failure', async () => {
    await cluster.freezeController();
    await expect(cluster.submit('true', ['--job-name=ghost', '--hold'])).rejects.toThrow('Socket timed out');
    await cluster.thawController();
    // Awake again, it works off what it was sent in any order.
    await cluster.waitFor('the ghost job to be queued', async () => {
      const {stdout} = await cluster.run('squeue', ['-h', '--name=ghost', '-o', '%T']);
      return stdout === 'PENDING';
    });
  });

  test('cannot be reached while its controller is stopped, and knows its jobs afterwards', async () => {
    const id = await cluster.submit('true', ['--hold']);
    await cluster.stopController();
    expect((await cluster.run('sinfo')).stderr).toContain('Unable to contact slurm controller (connect failure)');
    await cluster.startController();
    await cluster.waitForState(id, 'PENDING');
  });

  test('has no accounting', async () => {
    expect(await cluster.run('sacct')).toMatchObject({exitCode: 1, stderr: 'Slurm accounting storage is disabled'});
  });
});

describeOnCluster('the development cluster with accounting', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster({accounting: true, cgroups: HAS_MEMORY_CGROUP, maxSubmitJobs: 3});
  });
  afterEach(() => cluster.recover());
  afterAll(() => cluster.stop());

  test('remembers how jobs ended, and refuses unknown accounts and too many jobs', async () => {
    const name = `mac-${randomUUID()}`;
    const id = await cluster.submit('exit $SLURM_ARRAY_TASK_ID', [
      '--array=0-2',
      '--account=lab',
      `--job-name=${name}`,
      '--hold',
    ]);
    // While all three wait: they end in a second.
    await expect(cluster.submit('true')).rejects.toThrow('QOSMaxSubmitJobPerUserLimit');
    await cluster.ask('scontrol', ['release', id]);
    await cluster.waitForState(`${id}_2`, 'FAILED');
    const rows = await cluster.waitFor('sacct to know all three', async () => {
      const {stdout} = await cluster.run('sacct', ['-X', '-P', '-n', '-j', id, '-o', 'JobID,State,ExitCode']);
      const lines = stdout.split('\n').filter(Boolean);
      return lines.length === 3 && !/PENDING|RUNNING/.test(stdout) && lines.sort();
    });
    expect(rows).toEqual([`${id}_0|COMPLETED|0:0`, `${id}_1|FAILED|1:0`, `${id}_2|FAILED|2:0`]);
    const yesterday = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
    const answer = await askAccounting(createSlurmClient(cluster.env), [name], yesterday);
    if (answer.kind !== 'known') throw new Error(JSON.stringify(answer));
    expect(answer.rows.map(row => `${row.jobId}_${row.element} ${row.state} ${row.exitCode}`).sort()).toEqual([
      `${id}_0 COMPLETED 0:0`,
      `${id}_1 FAILED 1:0`,
      `${id}_2 FAILED 2:0`,
    ]);
    await expect(cluster.submit('true', ['--account=nobody'])).rejects.toThrow('Invalid account');
  });

  // Not skipped elsewhere but absent: a container can rarely write to cgroups.
  if (HAS_MEMORY_CGROUP) {
    test('ends a job over its memory as OUT_OF_MEMORY', async () => {
      const id = await cluster.submit(HUNGRY, ['--mem=50M']);
      await cluster.waitForState(id, 'OUT_OF_MEMORY');
    });
  }
});
