import {randomUUID} from 'node:crypto';
import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, afterEach, beforeAll, expect, test} from 'vitest';

import {readElementRecords, readStopped} from '../../src/slurm/submission/element-file.ts';
import {describeOnCluster, startCluster, type Cluster} from '../support/cluster.ts';
import {processesWith, untilNoneWith} from '../support/processes.ts';
import {countRecorded, recordsOf} from '../support/records.ts';
import {simulatedServerCommand, submitByHand, type SubmittedGrid} from '../support/submitted-grid.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';
import {makeWorkspace} from '../support/workspace.ts';

/** Slow in the first run of a job, so that there is time to interrupt it, and quick when it has been requeued. */
const SLOW_FIRST = '--latency-ms $([ -n "$SLURM_RESTART_COUNT" ] && echo 1 || echo 1500) --sigma 0.1';

describeOnCluster('a job of an array element', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster({killWait: 60});
  });
  afterEach(() => cluster.recover());
  afterAll(async () => {
    await cluster.stop();
  });

  interface Started {
    readonly workspace: string;
    readonly grid: SubmittedGrid;
    readonly model: string;
    /** Array job id. */
    readonly job: string;
  }

  /** A grid with a model of its own name, so that its servers are recognised among others. */
  async function start(options: {
    server: string;
    questions?: number;
    args?: readonly string[];
    profile?: object;
    extra?: string;
    spec?: string;
  }): Promise<Started> {
    const {server, questions = 60, args = [], profile = {}, extra = '', spec = '0'} = options;
    const model = `org/m-${randomUUID()}`;
    const definition = `{backend: vllm, model_path: ${model}, max_num_seqs: 8}`;
    const workspace = makeWorkspace({questions, model: definition, extra});
    const grid = await submitByHand({
      workspace,
      spec,
      profile: {server_command: simulatedServerCommand(server), signal_lead_seconds: 40, mem: '2G', ...profile},
    });
    const job = await submit(grid, args);
    return {workspace, grid, model, job};
  }

  async function submit(grid: SubmittedGrid, args: readonly string[]): Promise<string> {
    const {stdout, stderr} = await cluster.run('sbatch', ['--parsable', ...args, grid.script], {});
    expect(stderr).toBe('');
    return stdout.trim();
  }

  /** Reads the logs of a job and its servers. */
  const readLogs = ({grid, job}: Started): string =>
    readdirSync(grid.logs)
      .filter(name => name.startsWith(`${job}_`))
      .map(name => `${name}:\n${readFileSync(join(grid.logs, name), 'utf8')}`)
      .join('\n');

  async function ended(started: Started): Promise<NonNullable<Awaited<ReturnType<SubmittedGrid['attempt']>>>> {
    return await cluster.waitFor(
      'the attempt to end',
      async () => {
        const attempt = await started.grid.attempt(started.job, 0);
        return attempt?.ended_at === undefined ? undefined : attempt;
      },
      240,
      () => readLogs(started),
    );
  }

  test('is told of its time limit, finishes up, is requeued, and goes on where it stood', async () => {
    const started = await start({
      server: SLOW_FIRST,
      questions: 300,
      profile: {time: '00:02:00', signal_lead_seconds: 100},
    });
    const {grid, job, workspace, model} = started;
    const isDone = async () => (await grid.attempt(job, 0))?.cause === 'done';
    await cluster.waitFor('the end', isDone, 240, () => readLogs(started));
    const {attempts} = (await grid.record(job, 0))!;
    expect(attempts.map(({cause, signal, restart_count}) => [cause, signal, restart_count])).toEqual([
      ['time-limit', 'USR2', 0],
      ['done', undefined, 1],
    ]);
    expect(attempts[0]!.questions.done).toBeGreaterThan(0);
    const {indexLines} = recordsOf(workspace);
    expect(new Set(indexLines.map(line => line.question_id)).size).toBe(300);
    expect(indexLines.length).toBe(300);
    expect(indexLines.filter(line => line.attempt === 1).length).toBe(attempts[0]!.questions.done);
    await untilNoneWith(model);
  });

  test('that is cancelled stops cleanly and does not come back', async () => {
    const started = await start({server: '--latency-ms 2000'});
    const {grid, job, workspace, model} = started;
    await cluster.waitFor('work', () => Promise.resolve(countRecorded(workspace) > 0));
    await cluster.run('scancel', [job]);
    const attempt = await ended(started);
    expect(attempt).toMatchObject({cause: 'preempted-or-cancelled', signal: 'TERM', exit_code: 1, detail: 'cancelled'});
    await cluster.waitForState(`${job}_0`, 'CANCELLED');
    await untilNoneWith(model);
    expect((await grid.record(job, 0))!.attempts.length).toBe(1);
  });

  test('that is preempted is requeued by Slurm and goes on', async () => {
    const started = await start({server: SLOW_FIRST, args: ['-p', 'preempt', '-w', 'n1']});
    const {grid, job, workspace, model} = started;
    await cluster.waitFor('work', () => Promise.resolve(countRecorded(workspace) > 0));
    const other = await cluster.submit('sleep 3', ['-p', 'gpu', '-w', 'n1', '--exclusive']);
    const first = await ended(started);
    expect(first).toMatchObject({cause: 'preempted-or-cancelled', signal: 'TERM', detail: 'preempted'});
    await cluster.waitForState(other, 'COMPLETED');
    await cluster.waitFor('the end', async () => (await grid.attempt(job, 0))?.cause === 'done');
    expect(recordsOf(workspace).indexLines.length).toBe(60);
    await untilNoneWith(model);
  });

  test('shares a node with another: each has a port and GPUs of its own', async () => {
    const args = ['-w', 'n2'];
    // Neither server answers before both jobs are there, be one submitted much later.
    const met = temporaryFolder();
    const meet = `touch ${met}/$SLURM_JOB_ID; until [ $(ls ${met} | wc -l) = 2 ]; do sleep 0.1; done; `;
    const profile = {server_command: meet + simulatedServerCommand('--latency-ms 100')};
    const both = await Promise.all([0, 1].map(() => start({server: '', profile, questions: 20, args})));
    const attempts = await Promise.all(both.map(started => ended(started)));
    expect(attempts.map(({cause}) => cause)).toEqual(['done', 'done']);
    expect(new Set(attempts.map(({gpus}) => gpus)).size).toBe(2);
    expect(new Set(attempts.map(({servers}) => servers[0]!.port)).size).toBe(2);
    for (const {model} of both) await untilNoneWith(model);
  });

  test('whose executor is killed with -9 leaves no server behind, and its successor goes on', async () => {
    const started = await start({server: SLOW_FIRST});
    const {grid, workspace, model, job} = started;
    await cluster.waitFor('work', () => Promise.resolve(countRecorded(workspace) > 0));
    const [executor] = processesWith(`slurm-element --submission ${workspace}`).filter(({command}) =>
      command.startsWith(process.execPath),
    );
    process.kill(executor!.pid, 'SIGKILL');
    await untilNoneWith(model);
    await cluster.waitForState(`${job}_0`, 'FAILED');
    expect((await grid.attempt(job, 0))!.ended_at).toBeUndefined();
    const next = await submit(grid, []);
    const successor = {...started, job: next};
    expect((await ended(successor)).cause, readLogs(successor)).toBe('done');
    expect(recordsOf(workspace).indexLines.length).toBe(60);
    await untilNoneWith(model);
  });

  test('whose siblings all fail with the same signature takes the rest of its array off the queue, and says why', async () => {
    const {grid, job} = await start({
      server: '',
      profile: {server_command: 'echo "OSError: no such model" >&2; exit 1 # {port}'},
      extra: '_grid: {sweep: {conversation_config.seed: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]}}',
      spec: '0-11',
      args: ['--array=0-11%2'],
    });
    const stopped = await cluster.waitFor('the array to be stopped', async () =>
      (await cluster.ask('squeue', ['-h', '-r', '-j', job])) === ''
        ? readStopped(grid.layout, grid.gridId, job)
        : undefined,
    );
    expect(stopped.cause).toMatch(
      /^[4-6] of [4-6] elements that ran failed in the same way .* ended with exit code 1 before/,
    );
    const records = await readElementRecords(grid.layout, grid.gridId);
    expect(records.length).toBeLessThan(8);
  });
});
