import {mkdirSync, mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, expect, test} from 'vitest';

import {TrialWorkspace, type GivenTrial} from '../analyze/trials/recorded-trials.ts';
import {runMac} from '../support/mac.ts';

const workspace = new TrialWorkspace(mkdtempSync(join(tmpdir(), 'mac-trials-')));
const cwd = workspace.folder;

const bySeed = (labels: NonNullable<GivenTrial['labels']>, scores: readonly number[]): GivenTrial[] =>
  scores.map((score, i) => ({labels, seed: i + 1, metrics: {score}}));

const mac = (...args: string[]) => runMac(args, {cwd});

beforeAll(async () => {
  mkdirSync(join(cwd, 'config'));
  await workspace.record([
    ...bySeed({task: 'sum', trainer: 'a'}, [0.7, 0.5, 0.9, 0.8]),
    ...bySeed({task: 'sum', trainer: 'b'}, [0.5, 0.4, 0.6, 0.6]),
    {
      labels: {task: 'sum', trainer: 'b'},
      seed: 5,
      status: 'failed',
      metrics: {score: 99},
      more: {reason: 'exit code 3'},
    },
    {labels: {task: 'sum', trainer: 'a'}, seed: 5, metrics: {score: 0.1}},
  ]);
  await workspace.record(bySeed({task: 'sum', trainer: 'a'}, [0.1, 0.2, 0.3, 0.1]), {set: 'r2'});
  await workspace.record([{id: 'x', seed: 1, status: 'started'}], {kind: 'study', set: 'early'});
});

afterAll(() => rmSync(cwd, {recursive: true, force: true}));

test('mac results of trials: cells, intervals, failures by name, a leaderboard; for machines too', async () => {
  const shown = await mac('results', 'r1');
  expect(shown.exitCode, shown.stderr).toBe(0);
  expect(shown.stdout).toMatch(/^bench\/r1 \(bench\): 10 trials: 9 succeeded, 1 failed$/m);
  expect(shown.stdout).toMatch(/^ {2}failed: sum__b__seed5: exit code 3$/m);
  expect(shown.stdout).toMatch(/^a +5 +5 +0\.600 \[0\.207, 0\.993\] \(5\)$/m);
  expect(shown.stdout).toMatch(/^b +5 +1 failed +4 +0\.525 \[0\.373, 0\.677\] \(4\)$/m);
  expect(shown.stdout).toMatch(/^2 +b +0\.525 \[0\.373, 0\.677\] \(4\) +4 of 5 +1$/m);
  const json = JSON.parse((await mac('results', 'bench/r1', '--json', '--metric', 'score')).stdout);
  expect(json).toMatchObject({
    schema: 'mac.trial-results/1',
    selection: 'bench/r1',
    columns: ['trainer'],
    statuses: {succeeded: 9, failed: 1},
    unscored: [{trial: 'sum__b__seed5', status: 'failed', reason: 'exit code 3'}],
    leaderboards: [{metric: 'score', better: 'higher', rows: [{rank: 1}, {rank: 2, not_told_apart_from: [1]}]}],
  });
  const explained = await mac('results', 'r1', '--explain', 'score', '--cell', 'trainer=b');
  expect(explained.stdout).toContain('    seed 4  0.6  sum__b__seed4\n');
});

test('before anything has succeeded mac results says so and fails', async () => {
  const early = await mac('results', 'early');
  expect(early.exitCode).toBe(1);
  expect(early.stdout).toContain('no trial has succeeded yet: there are no scores');
  expect(early.stdout).toContain('1 started');
});

test('mac compare of trials: by seed, with what is left out; two runs too', async () => {
  const sides = await mac('compare', 'trainer=a', 'trainer=b', '--of', 'r1', '--metric', 'score');
  expect(sides.exitCode, sides.stderr).toBe(0);
  expect(sides.stdout).toMatch(/^score +0\.725 +0\.525 +0\.200 \[0\.070, 0\.330\] +0\.0163 +0\.0163 +4 +1 +4$/m);
  const factor = await mac('compare', '--factor', 'trainer', '--of', 'r1', '--json');
  const json = JSON.parse(factor.stdout);
  expect(json).toMatchObject({schema: 'mac.trial-compare/1', factor: 'trainer', family: {method: 'Holm', tests: 1}});
  expect(json.comparisons[0].effects[0]).toMatchObject({id: 'score', pairs: 4, unscored_pairs: 1, clusters: 4});
  const runs = await mac('compare', 'r1', 'r2', '--json');
  expect(JSON.parse(runs.stdout).comparisons[0]).toMatchObject({
    first: {name: 'r1', trials: 10},
    second: {name: 'r2', trials: 4},
    differs_in: ['set'],
    matched_on: ['trainer'],
    pairs: 4,
    unpaired: {first: expect.arrayContaining(['sum__a__seed5', 'sum__b__seed1']), second: []},
  });
});

test('mac export and mac query have the table of trials', async () => {
  const exported = await mac('export', 'r1', '--table', 'trials');
  const [head = '', ...lines] = exported.stdout.trimEnd().split('\n');
  expect(head).toMatch(/^kind,set,trial_id,seed,status,.*,task,trainer,score$/);
  expect(lines).toHaveLength(10);
  const files = await mac('export', 'r1', '-o', 'out', '--format', 'jsonl');
  expect(files.exitCode, files.stderr).toBe(0);
  expect(
    readFileSync(join(cwd, 'out', 'trials.jsonl'), 'utf8')
      .trimEnd()
      .split('\n'),
  ).toHaveLength(10);
  const sql = 'SELECT trainer, count(*) AS n FROM trials WHERE is_scored GROUP BY ALL ORDER BY ALL';
  const queried = await mac('query', sql, 'r1', '--format', 'csv');
  expect(queried.stdout).toBe('trainer,n\na,5\nb,4\n');
  const json = await mac('export', 'r1', '--json');
  const {schema, tables} = JSON.parse(json.stdout);
  expect([json.exitCode, schema, tables.trials.length]).toEqual([0, 'mac.export/1', 10]);
  const rows = await mac('query', sql, 'r1', '--json');
  expect(JSON.parse(rows.stdout)).toMatchObject({schema: 'mac.query/1', rows: [{trainer: 'a'}, {trainer: 'b'}]});
});

test('mac report writes a page of trials, and figures as files', async () => {
  const report = await mac('report', 'r1', '-o', 'r.html', '--figures', 'figures', '--json');
  expect(report.exitCode, report.stderr).toBe(0);
  expect(JSON.parse(report.stdout)).toMatchObject({
    schema: 'mac.report/1',
    complete: false,
    figures: [{name: 'means-score', files: expect.arrayContaining(['means-score.svg', 'means-score.png'])}],
  });
  const html = readFileSync(join(cwd, 'r.html'), 'utf8');
  expect(html).toContain('<meta name="generator" content="mac report">');
  expect(html).toContain('sum__<wbr>b__<wbr>seed5');
});

test.each([
  [['results', 'r1', '--metric', 'scor'], 'no trial has a metric "scor"', 'did you mean score?'],
  [['results', 'r1', '--by', 'trainr'], 'no trial has a label "trainr"', 'did you mean trainer?'],
  [['results', 'r1', '--unit', 'majority'], '--unit is for conversations', 'trials have metrics of their own'],
  [['results', 'nothing'], 'no study, benchmark run or suite "nothing"', 'bench/r1, bench/r2, study/early'],
  [['compare', 'r1', 'early'], 'r1 is a bench, early is a study', 'different kinds cannot be compared'],
  [['compare', 'trainer=a', 'trainer=c', '--of', 'r1'], 'no trial has trainer=c', 'there are: a, b'],
  [['export', 'r1', '--table', 'messages'], 'these are trials', '--table trials'],
  [['query', 'SELECT scored FROM trials', 'r1'], 'scored', 'tables: trials'],
])('%j is refused with what can be done', async (args, message, hint) => {
  const refused = await mac(...args);
  expect(refused.exitCode).toBe(2);
  expect(refused.stderr).toContain(message);
  expect(refused.stderr).toContain(hint);
  expect(refused.stdout).toBe('');
});
