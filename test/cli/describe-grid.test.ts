import {expect, test} from 'vitest';

import {describeGrid, type GridView} from '../../src/cli/status/describe-grid.ts';
import {renderGrid} from '../../src/cli/status/render-status.ts';
import type {GridRun} from '../../src/record/grid/run-file.ts';
import type {TaskRecord} from '../../src/record/task/task-record.ts';
import type {GridState} from '../../src/slurm/state/grid-state.ts';
import type {TaskStateName} from '../../src/slurm/state/join-states.ts';

const NOW = Date.UTC(2026, 0, 2);
const ago = (seconds: number): string => new Date(NOW - seconds * 1000).toISOString();

const RUN: GridRun = {
  schema: 'mac.grid-run/1',
  grid_id: 'g',
  grid_config_snapshot_path: 's.yaml',
  config_name: 'c.yaml',
  submission_timestamp: ago(300),
  pid: 1,
  host: 'login',
  repetition: 1,
  repetitions: 1,
  num_tasks_planned: 3,
  mac_version: '0.1.0',
};

function record(task: number, change: Partial<TaskRecord>): TaskRecord {
  return {
    schema: 'mac.task-record/1',
    task_id: task,
    task_key: 'k',
    experiment_name: 'e',
    benchmark_subcategory: 'b',
    status: 'started',
    attempt: 1,
    started_at: ago(100),
    completed_at: null,
    questions: {total: 80, succeeded: 0},
    carried_over: 0,
    config_snapshot_path: 's.yaml',
    manifest_path: 'm.json',
    where: {host: 'n1', pid: 1} as TaskRecord['where'],
    ...change,
  };
}

function view(
  run: Partial<GridRun>,
  tasks: readonly {state: TaskStateName; done?: number; total?: number; record?: Partial<TaskRecord>}[],
): GridView {
  const begun = [...tasks.entries()].filter(([, {done}]) => done !== undefined);
  const state: GridState = {
    run: {...RUN, ...run},
    manifest: undefined,
    records: new Map(begun.map(([task, each]) => [task, record(task, each.record ?? {})])),
    submissions: [],
    damaged: [],
    states: tasks.map((each, task) => ({task, state: each.state})),
    questions: new Map(begun.map(([task, {done = 0, total = 80}]) => [task, {done, total}])),
    queue: [],
    elements: new Map(),
    logs: new Map(),
  };
  return describeGrid(state, {nowMs: NOW, logPath: () => '', notes: []});
}

test('the total is that of the plan; without it, it is projected and marked', () => {
  const tasks = [{state: 'running', done: 24, total: 77}, {state: 'pending'}] as const;
  const known = view({num_questions_planned: 144}, tasks);
  expect(known.questions).toEqual({done: 24, total: 144, isEstimate: false});
  expect(renderGrid(known, 0)).toContain(' 24 of 144');
  const guessed = view({}, tasks);
  expect(guessed.questions).toEqual({done: 24, total: 154, isEstimate: true});
  expect(renderGrid(guessed, 0)).toContain(' 24 of ~154');
  expect(view({}, [{state: 'running', done: 24, total: 77}]).questions).toEqual({
    done: 24,
    total: 77,
    isEstimate: false,
  });
  expect(view({num_questions_planned: 144}, [{state: 'pending'}]).questions).toMatchObject({done: 0, total: 144});
});

test('what earlier attempts did is not divided by the time of the new one', () => {
  const tasks = [
    {state: 'done', done: 80, record: {status: 'succeeded', started_at: ago(200), completed_at: ago(100)}},
    {state: 'running', done: 70, record: {carried_over: 50}},
    // Its last attempt ended; the job has not come to it again.
    {state: 'running', done: 40, record: {reason: 'stopped by SIGUSR2', started_at: ago(10)}},
  ] as const;
  const {rate, secondsLeft} = view({num_questions_planned: 240}, tasks);
  expect(rate).toBeCloseTo(100 / 200);
  expect(secondsLeft).toBe((240 - 190) * 2);
});

test('nothing that runs has no rate, and too little seen tells no time that is left', () => {
  const done = {state: 'done', done: 80, record: {status: 'succeeded', completed_at: ago(0)}} as const;
  expect(view({num_questions_planned: 240}, [done, {state: 'pending'}])).toMatchObject({rate: null, secondsLeft: null});
  const early = {state: 'running', done: 63, record: {started_at: ago(45)}} as const;
  const seen = view({num_questions_planned: 144}, [early]);
  expect(seen.rate).toBeCloseTo(63 / 45);
  expect(seen.secondsLeft).toBeNull();
});
