import {existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, afterEach, beforeAll, expect, test, onTestFinished} from 'vitest';

import {createLayout} from '../../src/record/layout.ts';
import {listElements} from '../../src/slurm/submission/array-spec.ts';
import {readSubmissions} from '../../src/slurm/submission/submission-file.ts';
import {describeOnCluster, startCluster, type Cluster} from '../support/cluster.ts';
import {listExamples, makeExampleWorkspace} from '../support/example-workspace.ts';
import {runMac, type MacResult} from '../support/mac.ts';
import {untilNoneWith} from '../support/processes.ts';
import {linesOf} from '../support/submitted-grid.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';
import {expectSetComplete, findOnlySet} from '../support/trial-files.ts';
import {readSetRecords} from '../support/trial-records.ts';

const FLAGS = ['--partition', 'gpu', '--mem', '1G'];
const LONG = ['--setup-command', 'sleep 3600'];

/** Two hypotheses, three conditions, two scenarios, two seeds: 12 rows. A row tells `starts` that it starts. */
function makeStudy(script: string): string {
  const cwd = temporaryFolder('mac-trials-');
  mkdirSync(join(cwd, 'config/demo'), {recursive: true});
  const command = ['bash', '-c', `cd "$0"; mkdir -p "$MAC_OUTPUT_DIR"; echo "$MAC_TRIAL_ID" >> starts; ${script}`, cwd];
  const condition = {execution: {command}};
  const study = {
    schema_version: 1,
    study: {name: 'demo', scenarios: ['s', 't'], run_defaults: {seeds: [1, 2]}},
    hypotheses: {h1: {conditions: {a: condition, b: condition}}, h2: {conditions: {c: condition}}},
  };
  // JSON is YAML.
  writeFileSync(join(cwd, STUDY), JSON.stringify(study));
  return cwd;
}

const STUDY = 'config/demo/study.yaml';
const ROWS = 12;

describeOnCluster('trials submitted to a real Slurm', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster({killWait: 3, nodeTimeout: 5, requeueDelay: 3});
  });
  afterEach(() => cluster.recover());
  afterAll(() => cluster.stop());

  const mac = async (cwd: string, args: readonly string[]): Promise<MacResult> =>
    await runMac(args, {cwd, env: cluster.env});
  const succeed = async (cwd: string, args: readonly string[]): Promise<string> => {
    const {exitCode, stdout, stderr} = await mac(cwd, args);
    expect(exitCode, `${args.join(' ')}\n${stdout}${stderr}`).toBe(0);
    return stdout;
  };
  const submit = (cwd: string, args: readonly string[] = []): Promise<string> =>
    succeed(cwd, ['submit', STUDY, ...FLAGS, ...args]);
  const countStates = async (cwd: string): Promise<Record<string, number>> =>
    JSON.parse(await succeed(cwd, ['status', '--json'])).grids[0].counts;
  const untilDone = async (cwd: string, grids = 1): Promise<void> => {
    await cluster.waitFor(
      'everything to be done',
      async () => {
        const queued = await countQueued();
        const listed = JSON.parse(await succeed(cwd, ['ls', '--json'])).grids as {state: string}[];
        if (listed.length === grids && listed.every(({state}) => state === 'done')) return true;
        // What is not done when nothing is queued will not be.
        expect(queued, `${JSON.stringify(listed)}\n${readLogs(cwd)}`).toBeGreaterThan(0);
        return false;
      },
      480,
      () => readLogs(cwd),
    );
  };
  /** The tasks of each job of a submission. */
  const listJobs = async (cwd: string, number = 1): Promise<(readonly number[])[]> => {
    const {submissions} = await readSubmissions(createLayout({workspace: cwd}), findGrid(cwd));
    const arrays = submissions.find(each => each.number === number)?.arrays ?? [];
    return arrays.flatMap(({tasks}) => listElements(tasks).map(each => each.tasks));
  };
  /** Jobs that wait or run, as Slurm has them. */
  const countQueued = async (): Promise<number> =>
    (await cluster.ask('squeue', ['-h', '-r'])).split('\n').filter(Boolean).length;
  const startsOf = (cwd: string): string[] => linesOf(join(cwd, 'starts'));

  test.each(listExamples())('the worked example $file runs there as it does here', async ({kind, file}) => {
    const cwd = makeExampleWorkspace();
    await succeed(cwd, ['submit', file, ...FLAGS]);
    await untilDone(cwd);
    const set = findOnlySet(cwd, kind);
    const {tasks} = JSON.parse(await succeed(cwd, ['plan', file, '--json']));
    expect(readSetRecords(cwd, kind, set).size).toBe(tasks);
    expectSetComplete(cwd, kind, set);
    const records = [...readSetRecords(cwd, kind, set).values()];
    // Not here: in jobs.
    for (const {where} of records) expect(where).toHaveProperty('slurm_array_job_id');
    expect(await succeed(cwd, ['results', file])).toContain(`${tasks} trial`);
    await untilNoneWith(cwd);
  });

  test('so does the quickstart, a grid of conversations', async () => {
    const cwd = makeExampleWorkspace();
    await succeed(cwd, ['submit', 'config/quickstart.yaml', ...FLAGS, '--tasks-per-job', '3']);
    await untilDone(cwd);
    expect(await succeed(cwd, ['results', 'config/quickstart.yaml'])).toContain('nurse');
  });

  test.each([
    ['case', 3, 4],
    ['seed', 6, 2],
    ['hypothesis', 2, 8],
    ['run', 12, 1],
  ])('array mode %s makes %i jobs of at most %i rows', async (mode, jobs, rows) => {
    const cwd = makeStudy('');
    await submit(cwd, ['--array-mode', mode, ...LONG]);
    expect(await countQueued()).toBe(jobs);
    const tasks = await listJobs(cwd);
    expect(Math.max(...tasks.map(({length}) => length))).toBe(rows);
    expect(tasks.flat().sort((a, b) => a - b)).toEqual(Array.from({length: ROWS}, (_, index) => index));
    await succeed(cwd, ['cancel', STUDY]);
  });

  test('rows that are cancelled run no more, and resume runs them', async () => {
    const cwd = makeStudy('until [ -e go ]; do sleep 0.1; done');
    await submit(cwd, ['--array-mode', 'run', '--array-throttle', '3']);
    await cluster.waitFor('three rows to run', () => Promise.resolve(startsOf(cwd).length === 3));
    expect(await succeed(cwd, ['cancel', STUDY, '--tasks', '0,11'])).toContain('cancelled 2 tasks');
    await cluster.waitFor('two to be cancelled', async () => (await countStates(cwd))['cancelled'] === 2);
    await succeed(cwd, ['cancel', STUDY]);
    await cluster.waitFor('all to be cancelled', async () => (await countStates(cwd))['cancelled'] === ROWS);
    await untilNoneWith(cwd);
    const begun = startsOf(cwd);
    expect(begun.length).toBeLessThan(ROWS);
    writeFileSync(join(cwd, 'go'), '');
    await succeed(cwd, ['resume', 'latest']);
    await untilDone(cwd);
    expect(new Set(startsOf(cwd)).size).toBe(ROWS);
    expectSetComplete(cwd, 'study', 'demo');
  });

  test('resume submits only what failed', async () => {
    const cwd = makeStudy('[ "$MAC_SEED" = 1 ] || [ -e fixed ]');
    await submit(cwd);
    await cluster.waitFor('all to have ended', async () => {
      const {incomplete = 0, done = 0} = await countStates(cwd);
      return incomplete + done === ROWS && (await countQueued()) === 0;
    });
    expect(await countStates(cwd)).toEqual({done: ROWS / 2, incomplete: ROWS / 2});
    writeFileSync(join(cwd, 'fixed'), '');
    expect(await succeed(cwd, ['resume', 'latest', '--dry-run'])).toContain('6 tasks would be submitted');
    await succeed(cwd, ['resume', 'latest']);
    const failed = [...readSetRecords(cwd, 'study', 'demo').values()].filter(({trial: {seed}}) => seed === 2);
    const again = (await listJobs(cwd, 2)).flat().sort((a, b) => a - b);
    expect(again).toEqual(failed.map(({task_id: task}) => task).sort((a, b) => Number(a) - Number(b)));
    await untilDone(cwd);
    const starts = startsOf(cwd);
    for (const {trial} of readSetRecords(cwd, 'study', 'demo').values()) {
      expect(starts.filter(id => id === trial.id)).toHaveLength(trial.seed === 1 ? 1 : 2);
    }
    expectSetComplete(cwd, 'study', 'demo');
  });

  test.each([
    ['is requeued', async (job: string) => await cluster.run('scontrol', ['requeue', job])],
    [
      'loses its node',
      async (job: string) => {
        const {NodeList: node = ''} = await cluster.showJob(job);
        await cluster.killNode(node);
        // It begins again on another node: Slurm's order to end it is still on its way to this one.
        onTestFinished(() => cluster.returnNode(node));
        await cluster.waitForState(job, 'PENDING');
      },
    ],
  ])('a job that %s goes on with the row that it was at', async (_what, interrupt) => {
    const cwd = makeStudy('[ "$(wc -l < starts)" -ne 2 ] || [ -e go ] || sleep 3600');
    await submit(cwd, ['--array-mode', 'hypothesis', '--only', 'hypothesis=h2']);
    await cluster.waitFor('its second row to run', () => Promise.resolve(startsOf(cwd).length === 2));
    const {submissions} = await readSubmissions(createLayout({workspace: cwd}), findGrid(cwd));
    const job = `${submissions[0]?.arrays[0]?.job_id}_0`;
    await interrupt(job);
    writeFileSync(join(cwd, 'go'), '');
    await cluster.waitFor('it to begin again', async () => {
      const {JobState: state, Reason: reason} = await cluster.showJob(job);
      // Slurm holds it back for two minutes.
      if (reason === 'BeginTime') await cluster.run('scontrol', ['update', `JobId=${job}`, 'StartTime=now']);
      return state !== 'PENDING' && startsOf(cwd).length > 2;
    });
    await untilDone(cwd);
    const [first, second, ...others] = startsOf(cwd);
    expect(others).toEqual([second, ...new Set(others.slice(1))]);
    expect(others).not.toContain(first);
    const records = [...readSetRecords(cwd, 'study', 'demo').values()];
    expect(records.map(({status}) => status)).toEqual(Array(4).fill('succeeded'));
    expect(records.map(({attempt}) => attempt).sort()).toEqual([1, 1, 1, 2]);
    expectSetComplete(cwd, 'study', 'demo');
  });
});

function findGrid(cwd: string): string {
  return readdirSync(join(cwd, 'bookkeeping/slurm')).find(name => name !== 'code') ?? '';
}

/** Returns the ends of the logs of jobs, for a failure's message. */
function readLogs(cwd: string): string {
  const folder = join(cwd, 'bookkeeping/slurm', findGrid(cwd), 'logs');
  const names = existsSync(folder) ? readdirSync(folder) : [];
  return names.map(name => `${name}\n${readFileSync(join(folder, name), 'utf8').slice(-1000)}`).join('\n');
}
