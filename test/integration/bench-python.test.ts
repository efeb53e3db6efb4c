import {cpSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {expect, test} from 'vitest';

import {BenchWorkspace} from '../support/bench-workspace.ts';

const EXAMPLES = resolve(import.meta.dirname, '../../config/bench');

function aWorkspace(): BenchWorkspace {
  const at = new BenchWorkspace({tasks: ['internal:code_param']});
  cpSync(EXAMPLES, join(at.folder, 'config/bench'), {recursive: true});
  return at;
}

test('the example of a task and a trainer in Python runs, and both improve', async () => {
  const at = aWorkspace();
  const {exitCode} = await at.mac(['run', 'config/bench/python.yaml']);
  expect(exitCode).toBe(0);
  const [run = ''] = at.runs();
  expect(at.statuses(run)).toEqual(['ok', 'ok', 'ok', 'ok']);
  expect([0, 1, 2, 3].map(index => at.results(run, index).source)).toEqual([
    'external',
    'native',
    'external',
    'native',
  ]);
  for (const index of [0, 1, 2, 3]) {
    const {score_val, score_val_initial} = at.results(run, index);
    expect(score_val).toBeGreaterThan(score_val_initial);
  }
});

test('the example of a whole matrix plans and runs, and the baseline is the worst of each task', async () => {
  const at = aWorkspace();
  const {exitCode} = await at.mac(['run', 'config/bench/matrix.yaml']);
  expect(exitCode).toBe(0);
  const [run = ''] = at.runs();
  expect(at.json('runs', run, 'summary.json')).toMatchObject({total_jobs: 16, counts: {ok: 16}});
  const [, ...rows] = at.text('runs', run, 'leaderboard.csv').trimEnd().split('\n');
  expect(rows).toHaveLength(6);
  expect(rows.filter(row => row.startsWith('3,')).every(row => row.includes('NoOpTrainer'))).toBe(true);
});
