import {expect, test} from 'vitest';

import {scoreTrials} from '../../../src/analyze/trials/results.ts';
import {makeSelection, type GivenTrial} from './recorded-trials.ts';

/** The t that 97.5 % do not exceed, by degrees of freedom, from a printed table. */
const T_TABLE: Readonly<Record<number, number>> = {1: 12.7062, 2: 4.30265, 3: 3.18245, 4: 2.77645, 9: 2.26216};

/** Mean ± t·s/√n, as a textbook has it. */
function intervalByHand(values: readonly number[]): [number, number] {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const s = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1));
  const half = ((T_TABLE[n - 1] ?? NaN) * s) / Math.sqrt(n);
  return [mean - half, mean + half];
}

const bySeed = (values: readonly number[], labels: GivenTrial['labels'] = {trainer: 'a'}): GivenTrial[] =>
  values.map((score, i) => ({labels, seed: i + 1, metrics: {score}}));

const score = (trials: readonly GivenTrial[], request: Parameters<typeof scoreTrials>[1] = {}) =>
  scoreTrials(makeSelection(trials), request);

test.each([[[0.5, 0.7]], [[0.62, 0.58, 0.71]], [[3, 5, 4, 8, 1]], [[-2, 0, 4, 1, 7, 2, 2, 9, 3, 5]]])(
  'S85: one trial a seed has the t interval of a textbook: %j',
  values => {
    const [cell] = score(bySeed(values)).cells;
    const [estimate] = cell?.estimates ?? [];
    const [low, high] = intervalByHand(values);
    expect(estimate).toMatchObject({id: 'score', n: values.length, clusters: values.length, method: 'clustered t'});
    expect(estimate?.interval?.[0]).toBeCloseTo(low, 3);
    expect(estimate?.interval?.[1]).toBeCloseTo(high, 3);
  },
);

test('trials of one seed are one cluster: two scenarios of three seeds have the interval of three means', () => {
  const trials = ['x', 'y'].flatMap((scenario, s) =>
    [1, 2, 3].map(seed => ({labels: {scenario, arm: 'a'}, seed, metrics: {score: seed + s}})),
  );
  const [estimate] = score(trials, {by: ['arm']}).cells[0]?.estimates ?? [];
  // The means of the seeds are 1.5, 2.5 and 3.5.
  const [low, high] = intervalByHand([1.5, 2.5, 3.5]);
  expect(estimate).toMatchObject({value: 2.5, n: 6, clusters: 3});
  expect(estimate?.interval?.[0]).toBeCloseTo(low, 3);
  expect(estimate?.interval?.[1]).toBeCloseTo(high, 3);
});

test('without an interval it says why: one seed, no seeds, seeds that agree', () => {
  const reason = (trials: readonly GivenTrial[]) => score(trials).cells[0]?.estimates[0];
  expect(reason(bySeed([0.5]))).toMatchObject({value: 0.5, interval: null, interval_reason: 'one seed'});
  expect(reason(bySeed([0.5, 0.5]))?.interval_reason).toBe('all seeds agree: nothing varies');
  expect(reason([{metrics: {score: 1}, id: 'only'}])?.interval_reason).toMatch(/^no seeds: /);
});

test('trials that did not succeed are counted and named, and are part of no mean, whatever they reported', () => {
  const statuses = ['failed', 'timeout', 'skipped', 'cancelled', 'started'] as const;
  const others = statuses.map((status, i) => ({
    labels: {trainer: 'a'},
    seed: 10 + i,
    status,
    metrics: {score: 1000},
    more: {reason: `it ${status}`},
  }));
  const reused: GivenTrial = {labels: {trainer: 'a'}, seed: 3, status: 'reused', metrics: {score: 3}};
  const {cells, unscored, statuses: counts} = score([...bySeed([1, 2]), reused, ...others]);
  expect(cells).toHaveLength(1);
  expect(cells[0]).toMatchObject({trials: 8, scored: 3, seeds: 3});
  expect(cells[0]?.estimates[0]).toMatchObject({value: 2, n: 3, clusters: 3});
  expect(counts).toEqual({started: 1, succeeded: 2, reused: 1, skipped: 1, failed: 1, timeout: 1, cancelled: 1});
  expect(unscored.map(({trial, status, reason}) => `${trial} ${status} ${reason}`)).toEqual(
    statuses.map((status, i) => `a__seed${10 + i} ${status} it ${status}`),
  );
});

test('a metric that some trials did not report is a mean over those that did, and says of how many it is not', () => {
  const [cell] = score([...bySeed([1, 3]), {labels: {trainer: 'a'}, seed: 9, metrics: {other: 1}}]).cells;
  expect(cell?.estimates.find(({id}) => id === 'score')).toMatchObject({value: 2, n: 2, without: 1});
});

test('a cell of which nothing succeeded has a row, no value and the reason', () => {
  const failed: GivenTrial = {labels: {trainer: 'b'}, seed: 1, status: 'failed', metrics: {score: 9}};
  const {cells} = score([...bySeed([1, 2]), failed]);
  expect(cells[1]).toMatchObject({cell: {trainer: 'b'}, trials: 1, scored: 0});
  expect(cells[1]?.estimates[0]).toMatchObject({value: null, reason: 'no trial succeeded: 1 failed', interval: null});
});

test('cells are by default those of the labels that vary, without the seed and a label that repeats it', () => {
  const trials = ['a', 'b'].flatMap(trainer =>
    [1, 2].map(seed => ({labels: {trainer, suite: 's', seed}, seed, metrics: {score: seed}})),
  );
  expect(score(trials).columns).toEqual(['trainer']);
  expect(score(trials, {by: ['suite', 'seed']}).cells.map(({cell}) => cell)).toEqual([
    {suite: 's', seed: '1'},
    {suite: 's', seed: '2'},
  ]);
});

test('of labels that agree in every trial the first tells cells apart', () => {
  const trials = ['a', 'b'].map(arm => ({labels: {condition: arm, sub_experiment: arm}, seed: 1, metrics: {score: 1}}));
  expect(score(trials).columns).toEqual(['condition']);
});

test('durations and tokens are metrics of every trial, behind its own', () => {
  const tokens = {prompt: 100, completion: 20, total: 120};
  const {metrics, cells, minimised} = score(bySeed([1, 2]).map(trial => ({...trial, more: {tokens}})));
  expect(metrics).toEqual(['score', 'duration_seconds', 'prompt_tokens', 'completion_tokens', 'total_tokens']);
  expect(cells[0]?.estimates.map(({value}) => value)).toEqual([1.5, 10, 100, 20, 120]);
  expect(minimised).toEqual(['duration_seconds', 'prompt_tokens', 'completion_tokens', 'total_tokens']);
});

test.each([
  [{by: ['trainr']}, 'label-unknown', 'did you mean trainer? there are: trainer, seed, set'],
  [{by: ['trainer', 'trainer']}, 'column-repeated', undefined],
  [{metrics: ['scor']}, 'metric-unknown', 'did you mean score? there are: score, duration_seconds'],
  [{minimised: ['loss']}, 'metric-unknown', 'there are: score, duration_seconds'],
  [{only: 'trainer'}, 'cell-usage', 'for example trainer=a,task=b'],
  [{only: 'trainer=c'}, 'value-unknown', 'there are: a'],
  [{only: 'trainer=a,seed=3'}, 'value-unknown', 'there are: 1, 2'],
])('%j is refused with what there is', (request, code, hint) => {
  expect(() => score(bySeed([1, 2]), request)).toThrow(
    expect.objectContaining({code, ...(hint === undefined ? {} : {hint})}),
  );
});

test('names of objects are names like others', () => {
  const trials = [1, 2].map(seed => ({
    labels: {constructor: 'toString'},
    seed,
    metrics: {__proto__x: 1, valueOf: seed},
  }));
  const {cells} = score(trials, {by: ['constructor'], metrics: ['valueOf']});
  expect(cells[0]?.cell).toEqual({constructor: 'toString'});
  expect(cells[0]?.estimates[0]).toMatchObject({id: 'valueOf', value: 1.5});
  expect(() => score(trials, {metrics: ['hasOwnProperty']})).toThrow('no trial has a metric "hasOwnProperty"');
});
