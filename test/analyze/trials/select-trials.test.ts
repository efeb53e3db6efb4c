import {mkdirSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {beforeEach, expect, test} from 'vitest';

import {findTrials} from '../../../src/analyze/trials/find-trials.ts';
import {trialRecordPath} from '../../../src/record/trial/trial-record.ts';
import {RecordedWorkspace} from '../recorded-workspace.ts';
import {aQuestion} from '../a-question.ts';
import {makeRecord, TrialWorkspace} from './recorded-trials.ts';

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
    const run = {
      schema: 'mac.grid-run/1',
      grid_id: id,
      grid_config_snapshot_path: snapshot,
      config_name: 'sums',
      submission_timestamp: '2026-11-20T09:00:00.000000Z',
      pid: 1,
      host: 'h',
      repetition: 1,
      repetitions: 1,
      num_tasks_planned: 0,
      mac_version: '0',
    };
    writeFileSync(path, JSON.stringify(run));
    mkdirSync(workspace.layout.gridManifests, {recursive: true});
    writeFileSync(workspace.layout.gridManifest(id), '{}');
  }
  expect(await names('config/sums.yaml')).toEqual(['suite/sums/20261120_abc', 1]);
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
