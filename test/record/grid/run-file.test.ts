import {expect, test} from 'vitest';

import {listRunTasks, runFile, submittedAt, type GridRun} from '../../../src/record/grid/run-file.ts';
import {createLayout} from '../../../src/record/layout.ts';

const RUN: GridRun = {
  schema: 'mac.grid-run/1',
  grid_id: '20251210T090807.123Z_1',
  grid_config_snapshot_path: 's.yaml',
  config_name: 'c.yaml',
  submission_timestamp: '2025-12-10T09:08:07.123000Z',
  pid: 1,
  host: 'h',
  repetition: 1,
  repetitions: 1,
  num_tasks_planned: 3,
  mac_version: '0',
};

test('a run has all tasks of its config, or those that --tasks named', () => {
  expect(listRunTasks(RUN)).toEqual([0, 1, 2]);
  expect(listRunTasks({...RUN, num_tasks_planned: 2, task_ids: [4, 7]})).toEqual([4, 7]);
});

test('the time of submission is read back; a damaged one is the epoch', () => {
  expect(submittedAt(RUN)).toBe(Date.UTC(2025, 11, 10, 9, 8, 7, 123));
  expect(submittedAt({...RUN, submission_timestamp: ''})).toBe(0);
});

test("the run file lies among the records of the run's tasks", () => {
  expect(runFile(createLayout({workspace: '/w'}), 'g')).toBe('/w/bookkeeping/task_record/g/run.json');
});
