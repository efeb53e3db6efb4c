import {mkdirSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {beforeEach, expect, test} from 'vitest';

import {findTrials} from '../../../src/analyze/trials/find-trials.ts';
import {trialRecordPath} from '../../../src/record/trial/trial-record.ts';
import {RecordedWorkspace} from '../recorded-workspace.ts';
import {aQuestion} from '../a-question.ts';
import {makeRecord, TrialWorkspace} from './recorded-trials.ts';

/** A run file, but for its id. */
const RUN = {
  schema: 'mac.grid-run/1',
  grid_config_snapshot_path: '$MAC_FAIRNESS_WORKSPACE/bookkeeping/_grid_config_snapshot/g.yaml',
  config_name: 'sums',
  submission_timestamp: '2026-11-20T09:00:00.000000Z',
  pid: 1,
  host: 'h',
  repetition: 1,
  repetitions: 1,
  num_tasks_planned: 0,
  mac_version: '0',
};

let workspace: TrialWorkspace;

const names = async (selector: string) => {
  const {name, rows} = await workspace.select(selector);
  return [name, rows.length];
};

beforeEach(async () => {
  workspace = new TrialWorkspace();
  const early = {grid_id: '20261120T090000.000Z_1', started_at: '2026-11-20T09:00:00.000000Z'};
  const late = {grid_id: '20261120T120000.000Z_2', started_at: '2026-11-20T12:00:00.000000Z'};
  await workspace.record(
    [
      {id: 'a', seed: 1, more: early},
      {id: 'b', more: early},
    ],
    {kind: 'bench', set: 'r1'},
  );
  await workspace.record([{id: 'a', seed: 1, more: late}], {kind: 'suite', set: 'sums/20261120_abc'});
  await workspace.record([{id: 'a', seed: 1}], {kind: 'study', set: 'peers'});
  await workspace.record([{id: 'a', seed: 1}], {kind: 'study', set: 'personas'});
});

test.each([
  ['bench/r1', 'bench/r1', 2],
  ['r1', 'bench/r1', 2],
  ['runs/r1', 'bench/r1', 2],
  ['./runs/r1/', 'bench/r1', 2],
  ['suite/sums/20261120_abc', 'suite/sums/20261120_abc', 1],
  ['sums', 'suite/sums/20261120_abc', 1],
  ['pee', 'study/peers', 1],
  ['20261120T090000.000Z_1', 'bench/r1', 2],
  ['latest', 'suite/sums/20261120_abc', 1],
])('%s means %s', async (selector, name, rows) => {
  expect(await names(selector)).toEqual([name, rows]);
});

test.each([
  ['pe', 'results-ambiguous', /study\/peers, study\/personas/],
  ['all', 'results-ambiguous', /different kinds are not put together: bench, study, suite/],
  ['nothing', 'results-unknown', /no study, benchmark run or suite "nothing"/],
])('%s is refused: %s', async (selector, code, message) => {
  await expect(findTrials(workspace.layout, selector)).rejects.toMatchObject({
    code,
    message: expect.stringMatching(message),
  });
});

test('a file that was run means the newest set of it', async () => {
  const runs = ['20261120T090000.000Z_1', '20261120T120000.000Z_2'];
  for (const [i, id] of runs.entries()) {
    const path = join(workspace.layout.bookkeeping, 'task_record', id, 'run.json');
    mkdirSync(dirname(path), {recursive: true});
    const snapshot = `$MAC_FAIRNESS_WORKSPACE/bookkeeping/_grid_config_snapshot/sums_2026112${i}T000000.000Z.yaml`;
    writeFileSync(path, JSON.stringify({...RUN, grid_id: id, frontend: 'suite', grid_config_snapshot_path: snapshot}));
    mkdirSync(workspace.layout.gridManifests, {recursive: true});
    writeFileSync(workspace.layout.gridManifest(id), '{}');
  }
  expect(await names('config/sums.yaml')).toEqual(['suite/sums/20261120_abc', 1]);
});

test('files of one name in two folders are told apart by their folders', async () => {
  const runs = [
    ['20261120T090000.000Z_1', 'config/a'],
    ['20261120T120000.000Z_2', 'config/b'],
  ] as const;
  mkdirSync(workspace.layout.gridManifests, {recursive: true});
  for (const [id, folder] of runs) {
    const path = join(workspace.layout.bookkeeping, 'task_record', id, 'run.json');
    mkdirSync(dirname(path), {recursive: true});
    const where = {grid_id: id, config_folder: `$MAC_FAIRNESS_WORKSPACE/${folder}`, frontend: 'bench'};
    writeFileSync(path, JSON.stringify({...RUN, ...where}));
    writeFileSync(workspace.layout.gridManifest(id), '{}');
  }
  expect(await names('config/a/g.yaml')).toEqual(['bench/r1', 2]);
  expect(await names('config/b/g.yaml')).toEqual(['suite/sums/20261120_abc', 1]);
  await expect(findTrials(workspace.layout, 'g.yaml')).rejects.toMatchObject({code: 'results-ambiguous'});
});

test('what an unfinished run planned is missing without a record, and outdated where its key has changed', async () => {
  const id = '20261120T130000.000Z_3';
  const path = join(workspace.layout.bookkeeping, 'task_record', id, 'run.json');
  mkdirSync(dirname(path), {recursive: true});
  writeFileSync(path, JSON.stringify({...RUN, grid_id: id, frontend: 'bench'}));
  const plan = (trial: string, set: string, key: string) => ({
    task_id: 0,
    experiment_name: trial,
    benchmark_subcategory: `bench/${set}`,
    grid_sweep_specs: {},
    skip_cleanup: false,
    status: null,
    started_at: null,
    completed_at: null,
    task_key: key,
  });
  const tasks = [
    plan('a', 'r1', 'key of bench r1 a'),
    plan('b', 'r1', 'another key'),
    plan('c', 'r1', 'key'),
    plan('d', 'r9', 'key'),
  ];
  const manifest = {
    grid_config_snapshot_path: RUN.grid_config_snapshot_path,
    pid: 1,
    submission_timestamp: RUN.submission_timestamp,
    num_tasks_planned: 4,
    num_tasks_succeeded: 0,
    tasks,
    created_at: RUN.submission_timestamp,
  };
  mkdirSync(workspace.layout.gridManifests, {recursive: true});
  writeFileSync(workspace.layout.gridManifest(id), JSON.stringify(manifest));
  expect(await workspace.select('r1')).toMatchObject({missing: ['c'], outdated: ['b']});
  // Nothing of it has started: it is known by its plan.
  expect(await workspace.select('r9')).toMatchObject({name: 'bench/r9', kind: 'bench', rows: [], missing: ['d']});
});

test('a record that is torn, or holds NaN, is named and counted nowhere', async () => {
  const torn = trialRecordPath(workspace.layout, {kind: 'study', id: 'peers'}, 'torn');
  writeFileSync(torn, JSON.stringify(makeRecord({id: 'torn'})).slice(0, 300));
  const broken = makeRecord({id: 'nan', metrics: {score: NaN}}, {kind: 'study', set: 'peers'});
  writeFileSync(trialRecordPath(workspace.layout, {kind: 'study', id: 'peers'}, 'nan'), JSON.stringify(broken));
  const {rows, unreadable} = await workspace.select('peers');
  expect(rows.map(({id}) => id)).toEqual(['a']);
  expect(unreadable).toEqual(['nan', 'torn'].map(name => `bookkeeping/trial_record/study/peers/${name}.json`));
});

test('a workspace of conversations alone has no trials, and one without trials asks for none', async () => {
  const conversations = new RecordedWorkspace([aQuestion('q1')]);
  expect(await findTrials(conversations.layout, 'latest')).toBeUndefined();
});

test('what a finished run of some trials left out is outdated where its file was edited before it', async () => {
  const task = (trial: string, key: string) => ({
    experiment_name: trial,
    benchmark_subcategory: 'bench/r1',
    task_key: key,
  });
  const archive = (id: string, submitted: string, tasks: object[], left?: object[]) => {
    const manifest = {
      grid_config_snapshot_path: RUN.grid_config_snapshot_path,
      pid: 1,
      submission_timestamp: submitted,
      num_tasks_planned: tasks.length,
      num_tasks_succeeded: tasks.length,
      tasks,
      created_at: submitted,
      grid_id: id,
      frontend: 'bench',
      ...(left ? {left_out: left} : {}),
    };
    const archived = {schema: 'mac.grid-archive/1', completed_at: submitted, config: '', manifest};
    mkdirSync(workspace.layout.gridArchive, {recursive: true});
    writeFileSync(workspace.layout.archivedGrid(id), JSON.stringify(archived));
  };
  const [a, b] = [task('a', 'key of bench r1 a'), task('b', 'key of bench r1 b')];
  archive('20261120T130000.000Z_3', '2026-11-20T13:00:00.000000Z', [a], [task('b', 'edited'), task('new', 'key')]);
  archive('20261120T110000.000Z_9', '2026-11-20T11:00:00.000000Z', [a, b]);
  // Nothing is to do the new one: it is not missing.
  expect(await workspace.select('r1')).toMatchObject({missing: [], outdated: ['b']});
  archive('20261120T140000.000Z_3', '2026-11-20T14:00:00.000000Z', [b], [a]);
  expect(await workspace.select('r1')).toMatchObject({outdated: []});
});
