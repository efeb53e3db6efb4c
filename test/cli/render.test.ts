import {expect, test} from 'vitest';

import {renderLine, renderPanel} from '../../src/cli/progress/render.ts';
import type {Progress} from '../../src/execute/events.ts';

const PROGRESS: Progress = {
  units: 'questions' as const,
  tasks: {total: 1, open: 1, finished: 0, stopped: 0},
  questions: {total: 4, succeeded: 0, failed: 0, carriedOver: 0},
  requests: {settled: 0, ready: 4, blocked: 0, inFlight: 0, retries: 0, errors: 0},
  models: [],
};

test('the plain line says why nothing comes from a server', () => {
  const model = {name: 'm (vllm)', limit: 4, inFlight: 0, ready: 4};
  const line = (trouble: string | null) =>
    renderLine({progress: {...PROGRESS, models: [{...model, trouble}]}, elapsedMs: 0, rate: 0});
  expect(line('rate-limited by the server, no answer for 9 s')).toContain(
    'm (vllm): rate-limited by the server, no answer for 9 s',
  );
  expect(line(null)).not.toContain('m (vllm)');
});

test('a terminal that says it has no columns shows whole lines', () => {
  expect(renderPanel({progress: PROGRESS, elapsedMs: 0, rate: 0}, {columns: 0, rows: 0}).join('\n')).toContain(
    '0/4 questions',
  );
});

const WAITING = Array.from({length: 35}, (_, i) => ({
  questionId: `a_question_with_a_long_name_${i}`,
  agentId: 'agent',
  round: 0,
  model: 'model',
  retry: false,
}));

test.each([
  [40, 10],
  [40, 24],
  [80, 10],
  [80, 30],
  [120, 30],
  [120, 3],
  [20, 2],
])('the detailed live view fits %d columns and %d rows, the bar first', (columns, rows) => {
  const models = ['one', 'two'].map(name => ({
    name,
    limit: 8,
    inFlight: 3,
    ready: 4,
    trouble: 'rate-limited '.repeat(9),
  }));
  const view = {progress: {...PROGRESS, models}, elapsedMs: 61_000, rate: 2, pools: WAITING};
  const lines = renderPanel(view, {columns, rows});
  // The cursor waits below the last line.
  expect(lines.length).toBeLessThan(rows);
  expect(lines.filter(line => line.length >= columns)).toEqual([]);
  expect(lines[0]).toMatch(/^[█░]/);
});

test('in a narrow terminal what failed is the last thing to go', () => {
  const progress = {
    ...PROGRESS,
    units: 'questions' as const,
    tasks: {total: 1848, open: 64, finished: 1000, stopped: 0},
    questions: {total: 369_600, succeeded: 200_000, failed: 4321, carriedOver: 0},
    requests: {settled: 0, ready: 1234, blocked: 5678, inFlight: 0, retries: 91_011, errors: 1213},
  };
  const countsAt = (columns: number): string => renderPanel({progress, elapsedMs: 0, rate: 0}, {columns, rows: 24})[1]!;
  expect(countsAt(120)).toBe(
    'tasks 1000/1848 done, 64 open   ready 1234  blocked 5678  retries 91011  errors 1213  failed 4321',
  );
  expect(countsAt(80)).toBe('tasks 1000/1848 done, 64 open  retries 91011  errors 1213  failed 4321');
  expect(countsAt(40)).toBe('tasks 1000/1848 done  failed 4321');
  expect(countsAt(20)).toBe('failed 4321');
});
