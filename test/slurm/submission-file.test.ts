import {mkdirSync, writeFileSync} from 'node:fs';
import {dirname} from 'node:path';
import {expect, test} from 'vitest';

import {createLayout} from '../../src/record/layout.ts';
import {parseArraySpec, listElements} from '../../src/slurm/submission/array-spec.ts';
import {
  createSubmission,
  readSubmission,
  readSubmissions,
  updateArray,
  writeSubmission,
  type Submission,
} from '../../src/slurm/submission/submission-file.ts';
import {readElementRecords, writeElementRecord} from '../../src/slurm/submission/element-file.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

const SUBMISSION: Submission = {
  schema: 'mac.slurm-submission/1',
  grid_id: '20251210T090807.123Z_7',
  number: 1,
  token: 'abcd1234',
  created_at: '2025-12-10T09:08:07.123456Z',
  submitted_by: {user: 'ada', host: 'login1', pid: 7},
  profile: {partition: 'gpu'},
  code: {version: '0.1.0', hash: 'ff', path: '/w/bookkeeping/slurm/code/ff'},
  node_path: '/usr/bin/node',
  workspace: '/w',
  experiment_root: null,
  environment: {values: {MAC_FAIRNESS_DEBUG_FLAG: '1'}, inherit: ['OPENAI_API_KEY']},
  arrays: [
    {
      index: 0,
      name: 'mac-abcd1234-0',
      script: 'array_1_0.sbatch',
      tasks: {spec: '0-2,5', offset: 10},
      resources: {gpus: 2},
      state: 'intended',
    },
  ],
};

test('array specifications are read with steps, gaps and throttles', () => {
  expect(parseArraySpec('0-4,7,9-15:3%2')).toEqual([0, 1, 2, 3, 4, 7, 9, 12, 15]);
  expect(parseArraySpec('3')).toEqual([3]);
  expect(parseArraySpec('0-4,7,...')).toBeUndefined();
  expect(parseArraySpec('4-1')).toBeUndefined();
  expect(parseArraySpec('')).toBeUndefined();
});

test('an element runs the task with the offset added, or its pack', () => {
  expect(listElements({spec: '0-1,4', offset: 100})).toEqual([
    {element: 0, tasks: [100]},
    {element: 1, tasks: [101]},
    {element: 4, tasks: [104]},
  ]);
  expect(listElements({spec: '0-1', offset: 0, packs: [[3, 9], [11]]})).toEqual([
    {element: 0, tasks: [3, 9]},
    {element: 1, tasks: [11]},
  ]);
});

test('a submission is created once, replaced whole, and read back', async () => {
  const layout = createLayout({workspace: temporaryFolder()});
  expect(await createSubmission(layout, SUBMISSION)).toBe(true);
  expect(await createSubmission(layout, SUBMISSION)).toBe(false);
  const submitted = updateArray(SUBMISSION, 0, {state: 'submitted', job_id: '12'});
  await writeSubmission(layout, submitted);
  expect((await readSubmissions(layout, SUBMISSION.grid_id)).submissions).toEqual([submitted]);
  expect(await readSubmission(layout.slurm(SUBMISSION.grid_id).submission(1))).toEqual(submitted);
});

test('an empty submission was never acted upon; a torn one is named; its number stays used', async () => {
  const layout = createLayout({workspace: temporaryFolder()});
  const {submission: path} = layout.slurm(SUBMISSION.grid_id);
  mkdirSync(dirname(path(1)), {recursive: true});
  writeFileSync(path(1), '');
  writeFileSync(path(2), '{"schema": "mac.slurm-sub');
  expect(await readSubmissions(layout, SUBMISSION.grid_id)).toEqual({submissions: [], damaged: [path(2)], highest: 2});
  await expect(readSubmission(path(2))).rejects.toMatchObject({code: 'submission-damaged'});
  // What cannot be read now is no submission that never was.
  mkdirSync(path(3));
  await expect(readSubmissions(layout, SUBMISSION.grid_id)).rejects.toMatchObject({code: 'cannot-read'});
});

test('element records are found; a torn one is left out', async () => {
  const layout = createLayout({workspace: temporaryFolder()});
  const record = {
    schema: 'mac.slurm-element/1',
    grid_id: SUBMISSION.grid_id,
    submission: 1,
    array: 0,
    job_id: '12',
    element: 5,
    tasks: [15],
    attempts: [],
  } as const;
  await writeElementRecord(layout, record);
  writeFileSync(layout.slurm(SUBMISSION.grid_id).element('12', 6), '{');
  expect(await readElementRecords(layout, SUBMISSION.grid_id)).toEqual([record]);
  const other = {...record, job_id: '123'};
  await writeElementRecord(layout, other);
  expect(await readElementRecords(layout, SUBMISSION.grid_id, '12')).toEqual([record]);
  expect(await readElementRecords(layout, SUBMISSION.grid_id, '123')).toEqual([other]);
});
