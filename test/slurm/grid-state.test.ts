import {mkdirSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {expect, test} from 'vitest';

import type {GridRun} from '../../src/record/grid/run-file.ts';
import {createLayout} from '../../src/record/layout.ts';
import {readGridStates, type GridState, type GridStates} from '../../src/slurm/state/grid-state.ts';
import type {SlurmAnswer} from '../../src/slurm/cluster/client.ts';
import {systemClock} from '../../src/core/clock.ts';
import {acquireLease} from '../../src/record/lease/lease.ts';
import {placeTrialLease} from '../../src/record/trial/trial-lease.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';
import {aClock, array, aSlurm, attempt, element, queueLine, said, submission} from './a-submission.ts';

const RUN: GridRun = {
  schema: 'mac.grid-run/1',
  grid_id: 'g',
  grid_config_snapshot_path: '/none.yaml',
  config_name: 'c.yaml',
  submission_timestamp: '2025-12-10T09:08:07.123456Z',
  pid: 7,
  host: 'login1',
  repetition: 1,
  repetitions: 1,
  num_tasks_planned: 4,
  num_questions_planned: 40,
  mac_version: '0.1.0',
  config_sha256: 'ff',
  submitted_to: 'slurm',
};

/** A record as an executor leaves it: of a task that succeeded, or of one with questions left. */
function record(task: number, succeeded: number): object {
  return {
    schema: 'mac.task-record/1',
    task_id: task,
    status: succeeded === 10 ? 'succeeded' : 'started',
    started_at: '2025-12-10T09:08:07.123456Z',
    questions: {total: 10, succeeded},
    manifest_path: `$MAC_FAIRNESS_WORKSPACE/manifest_${task}.json`,
    where: {host: 'n1', pid: 7},
  };
}

/** Files of a grid run of four tasks, submitted as job 12; what is read of it when Slurm gives these answers. */
async function read(
  files: Readonly<Record<string, unknown>>,
  {squeue = said(''), sacct = said('')}: {squeue?: SlurmAnswer; sacct?: SlurmAnswer} = {},
): Promise<GridStates & {grid: GridState; calls: string[]}> {
  const workspace = temporaryFolder();
  const layout = createLayout({workspace});
  const paths: Record<string, string> = {submission: layout.slurm('g').submission(1)};
  for (let i = 0; i < 4; i++) {
    paths[`record ${i}`] = join(layout.taskRecords('g'), `${i}.json`);
    paths[`element ${i}`] = layout.slurm('g').element('12', i);
    paths[`log ${i}`] = layout.slurm('g').log('12', i);
    paths[`manifest ${i}`] = join(workspace, `manifest_${i}.json`);
  }
  paths['stopped'] = layout.slurm('g').stopped('12');
  for (const [name, content] of Object.entries({submission: {...submission(1, [array()])}, ...files})) {
    const path = paths[name]!;
    mkdirSync(dirname(path), {recursive: true});
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  }
  const slurm = aSlurm({squeue: () => squeue, sacct: () => sacct});
  const states = await readGridStates({layout, run: slurm.run, clock: aClock()}, [RUN]);
  return {...states, grid: states.grids[0]!, calls: slurm.calls.map(call => call.split(' ', 1)[0]!)};
}

const stateOf = ({grid}: {grid: GridState}, task: number) => grid.states.find(state => state.task === task);

test('what is done is done; the queue is asked once for the rest, accounting only for what it has forgotten', async () => {
  const known = await read(
    {'record 0': record(0, 10), 'element 3': element(3, attempt({cause: 'questions-left'}))},
    {squeue: said([queueLine('12_1', 'RUNNING', undefined, 'n1'), queueLine('12_[2]', 'PENDING')].join('\n'))},
  );
  expect(known.grid.states.map(({state}) => state)).toEqual(['done', 'running', 'pending', 'incomplete']);
  expect(known.calls).toEqual(['squeue']);
  const forgotten = await read({}, {sacct: said('12_0|TIMEOUT|0:0|n1|mac-aaaaaaaa-0\n')});
  expect(stateOf(forgotten, 0)).toMatchObject({state: 'failed', cause: 'time limit', node: 'n1'});
  expect(forgotten.calls).toEqual(['squeue', 'sacct']);
  expect(stateOf(forgotten, 1)).toMatchObject({state: 'lost'});
});

test('a grid of which all is done asks nothing', async () => {
  const records = Object.fromEntries([0, 1, 2, 3].map(task => [`record ${task}`, record(task, 10)]));
  const {grid, calls} = await read(records);
  expect(new Set(grid.states.map(({state}) => state))).toEqual(new Set(['done']));
  expect(calls).toEqual([]);
});

test('where Slurm or its accounting do not answer, that is said', async () => {
  const away = said('', {exitCode: 1, stderr: 'slurm_load_jobs error: Unable to contact slurm controller'});
  const silent = await read({}, {squeue: away});
  expect(silent.slurmSilence).toContain('Unable to contact');
  expect(new Set(silent.grid.states.map(({state}) => state))).toEqual(new Set(['unknown']));
  expect(silent.calls).not.toContain('sacct');
  expect((await read({}, {sacct: said('', {exitCode: 1, stderr: 'sacct: error: it broke'})})).accountingSilence).toBe(
    'it broke',
  );
  const off = said('', {exitCode: 1, stderr: 'Slurm accounting storage is disabled'});
  expect(await read({}, {sacct: off})).toMatchObject({accountingIsOff: true, accountingSilence: undefined});
});

test('logs and notes of stopped arrays say why elements ended', async () => {
  const stopped = {schema: 'mac.slurm-stopped/1', job_id: '12', stopped_at: '', by_element: 1, cause: '4 of 4: no GPU'};
  const result = await read({'log 0': 'slurmstepd: error: Detected 1 oom_kill event\n', stopped});
  expect(stateOf(result, 0)).toMatchObject({state: 'failed', cause: 'out of memory'});
  expect(stateOf(result, 1)).toMatchObject({state: 'failed', cause: 'stopped'});
  expect(result.grid.logs.get('12_0')).toContain('oom_kill');
});

test('questions are counted by the manifest where it is ahead of the record', async () => {
  const ok = {status: 'succeeded'};
  const result = await read({
    'record 0': record(0, 10),
    'record 1': record(1, 2),
    'manifest 1': {questions: {a: ok, b: ok, c: ok, d: {status: null}}},
    'record 2': record(2, 5),
    'manifest 2': {questions: {a: ok}},
    'record 3': '{"torn',
  });
  const done = [0, 1, 2, 3].map(task => result.grid.questions.get(task)?.done);
  expect(done).toEqual([10, 3, 5, undefined]);
});

test('a submission that is torn is named, and the tasks of the others are read', async () => {
  const {grid} = await read({submission: '{"schema": "mac.slurm'});
  expect(grid.damaged).toEqual([expect.stringContaining('submission_1.json')]);
  expect(grid.states.map(({state}) => state)).toEqual(Array(4).fill('not submitted'));
});

test('a trial that a living process of this machine runs is running, by the lease of its set', async () => {
  const layout = createLayout({workspace: temporaryFolder()});
  const {submitted_to: _none, ...local} = {...RUN, num_tasks_planned: 2, frontend: 'bench'};
  const task = (id: number, trial: string) => ({
    task_id: id,
    experiment_name: trial,
    benchmark_subcategory: 'bench/nightly',
    grid_sweep_specs: {},
    skip_cleanup: false,
    status: null,
    started_at: null,
    completed_at: null,
  });
  const manifest = {
    grid_config_snapshot_path: '/none.yaml',
    pid: 7,
    submission_timestamp: RUN.submission_timestamp,
    num_tasks_planned: 2,
    num_tasks_succeeded: 0,
    tasks: [task(0, 'a/b c'), task(1, 'd')],
    created_at: RUN.submission_timestamp,
  };
  mkdirSync(layout.taskRecords('g'), {recursive: true});
  mkdirSync(layout.gridManifests, {recursive: true});
  writeFileSync(layout.gridManifest('g'), JSON.stringify(manifest));
  for (const i of [0, 1]) writeFileSync(join(layout.taskRecords('g'), `${i}.json`), JSON.stringify(record(i, 2)));
  const {root, folder} = placeTrialLease(layout, {kind: 'bench', id: 'nightly'}, 'a/b c');
  const claim = await acquireLease({directory: join(root, folder), name: 'lease', clock: systemClock});
  const look = async () => {
    const {grids} = await readGridStates({layout, run: aSlurm({}).run, clock: systemClock}, [local]);
    return grids[0]?.states.map(({state}) => state);
  };
  expect(await look()).toEqual(['running', 'lost']);
  if (claim.kind === 'acquired') await claim.lease.release();
  expect(await look()).toEqual(['lost', 'lost']);
});
