import {expect, test} from 'vitest';

import {ABenchRun} from './a-bench-run.ts';

const SIX = {
  tasks: ['internal:numeric_param'],
  trainers: ['NoOpTrainer', 'PrioritySearch', 'GEPA-Base'],
  seeds: [1, 2],
};

const score = (score_val: number): object => ({metrics: {score_val}});

test('the best of each task, trainer and optimizer is ranked, and failures are not', async () => {
  const run = new ABenchRun(SIX);
  run.record(0, score(-3));
  run.record(1, score(-2));
  run.record(2, score(0));
  run.record(3, {...score(99), status: 'failed'});
  run.record(4, {...score(50), status: 'skipped'});
  await run.write();
  const [header = [], ...rows] = run.csv('leaderboard.csv');
  expect(header.join(' ')).toBe(
    'rank task_id suite job_id trainer_id resolved_optimizer score_val score_test time_seconds task_best',
  );
  expect(rows.map(row => [row[0], row[3], row[4], row[6], row[9]])).toEqual([
    ['1', run.jobId(2), 'PrioritySearch', '0', 'TRUE'],
    ['2', run.jobId(1), 'NoOpTrainer', '-2', 'FALSE'],
  ]);
});

test('equal scores share a rank, and all of them are the best', async () => {
  const run = new ABenchRun(SIX);
  run.record(0, score(1));
  run.record(2, score(1));
  run.record(4, score(0));
  await run.write();
  const [, ...rows] = run.csv('leaderboard.csv');
  expect(rows.map(row => [row[0], row[4], row[9]])).toEqual([
    ['1', 'NoOpTrainer', 'TRUE'],
    ['1', 'PrioritySearch', 'TRUE'],
    ['3', 'GEPA-Base', 'FALSE'],
  ]);
});

test('a run without a success has a leaderboard without rows', async () => {
  const run = new ABenchRun(SIX);
  run.record(0, {...score(5), status: 'failed'});
  run.record(1, {metrics: {}});
  await run.write();
  expect(run.csv('leaderboard.csv')).toHaveLength(1);
});
