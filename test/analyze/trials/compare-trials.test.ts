import {expect, test} from 'vitest';

import {compareTrials, type ContrastedTrials} from '../../../src/analyze/trials/compare-trials.ts';
import {makeSelection, type GivenTrial} from './recorded-trials.ts';

const trials = (labels: NonNullable<GivenTrial['labels']>, scores: readonly number[]): GivenTrial[] =>
  scores.map((score, i) => ({labels, seed: i + 1, metrics: {score}}));

const factor = (name: string, baseline?: string): ContrastedTrials => ({kind: 'factor', factor: name, baseline});

const compare = (given: readonly GivenTrial[], contrasted: ContrastedTrials, metrics = ['score'], byBlock = false) =>
  compareTrials(makeSelection(given), {contrasted, metrics, byBlock});

test('two trainers over four seeds: the paired t test by hand', () => {
  // Differences .2 .1 .3 .2: mean .2, s = .0816497, SE = .0408248, t(3) = 4.899; t.975(3) = 3.1824463.
  const {comparisons} = compare(
    [...trials({trainer: 'a'}, [0.7, 0.5, 0.9, 0.8]), ...trials({trainer: 'b'}, [0.5, 0.4, 0.6, 0.6])],
    {kind: 'sides', first: 'trainer=a', second: 'trainer=b'},
  );
  const [effect] = comparisons[0]?.effects ?? [];
  expect(effect?.first).toBeCloseTo(0.725, 12);
  expect(effect?.second).toBeCloseTo(0.525, 12);
  expect(effect?.difference).toBeCloseTo(0.2, 12);
  expect(effect?.standard_error).toBeCloseTo(0.0408248, 6);
  expect(effect?.interval?.[0]).toBeCloseTo(0.2 - 3.1824463 * 0.0408248, 5);
  expect(effect?.interval?.[1]).toBeCloseTo(0.2 + 3.1824463 * 0.0408248, 5);
  // R: 2 * pt(-4.898979, 3)
  expect(effect?.p_value).toBeCloseTo(0.01628, 4);
  expect(effect).toMatchObject({pairs: 4, clusters: 4, blocks: 1, unscored_pairs: 0});
});

test('tasks are blocks that count alike, and a seed is one cluster in all of them', () => {
  const {comparisons} = compare(
    [
      ...trials({task: 'x', trainer: 'a'}, [2, 4, 3]),
      ...trials({task: 'x', trainer: 'b'}, [1, 1, 1]),
      ...trials({task: 'y', trainer: 'a'}, [10, 11, 15]),
      ...trials({task: 'y', trainer: 'b'}, [5, 7, 6]),
    ],
    factor('trainer'),
  );
  // By seed the mean of both differences: (1 + 5)/2, (3 + 4)/2, (2 + 9)/2 = 3, 3.5, 5.5.
  const [mean, s] = [4, Math.sqrt((1 + 0.25 + 2.25) / 2)];
  const [effect] = comparisons[0]?.effects ?? [];
  expect(effect).toMatchObject({difference: mean, pairs: 6, clusters: 3, blocks: 2});
  expect(effect?.standard_error).toBeCloseTo(s / Math.sqrt(3), 12);
  expect(effect?.interval?.[0]).toBeCloseTo(mean - (4.302653 * s) / Math.sqrt(3), 5);
  expect(comparisons[0]?.matched_on).toEqual(['task']);
});

test('what has no counterpart is counted by name, and so are pairs of which one trial failed', () => {
  const {comparisons} = compare(
    [
      ...trials({trainer: 'a'}, [1, 2, 3, 4]),
      ...trials({trainer: 'b'}, [1, 1]),
      {labels: {trainer: 'b'}, seed: 3, status: 'failed', metrics: {score: 100}},
      {labels: {trainer: 'b'}, seed: 7, metrics: {score: 100}},
    ],
    factor('trainer'),
  );
  expect(comparisons[0]).toMatchObject({
    unpaired: {first: ['a__seed4'], second: ['b__seed7']},
    pairs: 3,
    first: {name: 'a', trials: 4, scored: 4},
    second: {name: 'b', trials: 4, scored: 3, statuses: {succeeded: 3, failed: 1}},
  });
  expect(comparisons[0]?.effects[0]).toMatchObject({difference: 0.5, pairs: 2, unscored_pairs: 1});
});

test('all pairs of a factor are one family of Holm; a baseline leaves the pairs with it', () => {
  const given = [
    ...trials({trainer: 'a'}, [1, 2, 4]),
    ...trials({trainer: 'b'}, [2, 4, 5]),
    ...trials({trainer: 'c'}, [9, 7, 8]),
  ];
  const all = compare(given, factor('trainer'));
  expect(all.comparisons.map(({first, second}) => `${first.name}-${second.name}`)).toEqual(['a-b', 'a-c', 'b-c']);
  expect(all.family).toEqual({method: 'Holm', tests: 3});
  const effects = all.comparisons.flatMap(each => each.effects);
  const sorted = effects.map(({p_value: p}) => p ?? NaN).sort((x, y) => x - y);
  const smallest = effects.find(({p_value: p}) => p === sorted[0]);
  expect(smallest?.p_holm).toBeCloseTo(3 * (sorted[0] ?? NaN), 12);
  const withBase = compare(given, factor('trainer', 'b'));
  expect(withBase.comparisons.map(({first, second}) => `${first.name}-${second.name}`)).toEqual(['a-b', 'c-b']);
});

test('labels that go along with the factor are named, and do not keep trials from being paired', () => {
  const {comparisons} = compare(
    [...trials({model: 'm1', size: 7, task: 'x'}, [1, 2]), ...trials({model: 'm2', size: 70, task: 'x'}, [2, 4])],
    factor('model'),
  );
  expect(comparisons[0]).toMatchObject({differs_in: ['model', 'size'], matched_on: [], pairs: 2});
});

test('by block every block has its own test, in the same family', () => {
  const given = ['x', 'y'].flatMap(task => [
    ...trials({task, trainer: 'a'}, [2, 4, 3]),
    ...trials({task, trainer: 'b'}, [1, 1, 1.5]),
  ]);
  const {comparisons, family} = compare(given, factor('trainer'), ['score'], true);
  expect(comparisons[0]?.by_block.map(({block}) => block)).toEqual([{task: 'x'}, {task: 'y'}]);
  expect(family.tests).toBe(3);
});

test('without an interval it says why: one seed, or seeds that show the same difference', () => {
  const one = compare([...trials({trainer: 'a'}, [1]), ...trials({trainer: 'b'}, [2])], factor('trainer'));
  expect(one.comparisons[0]?.effects[0]).toMatchObject({difference: -1, interval: null, interval_reason: 'one seed'});
  const same = compare([...trials({trainer: 'a'}, [1, 2]), ...trials({trainer: 'b'}, [2, 3])], factor('trainer'));
  expect(same.comparisons[0]?.effects[0]).toMatchObject({
    interval: null,
    interval_reason: 'all seeds show the same difference: nothing varies',
    p_value: null,
    p_holm: null,
  });
});

const two = [...trials({trainer: 'a', arm: 'x'}, [1, 2]), ...trials({trainer: 'b', arm: 'x'}, [2, 3])];

test.each<[string, readonly GivenTrial[], ContrastedTrials, string]>([
  ['a factor of one level', two, factor('arm'), 'factor-one-level'],
  ['an unknown factor', two, factor('trianer'), 'label-unknown'],
  ['an unknown baseline', two, factor('trainer', 'c'), 'value-unknown'],
  ['twice the same side', two, {kind: 'sides', first: 'trainer=a', second: 'trainer=a'}, 'compare-same'],
  ['sides with common trials', two, {kind: 'sides', first: 'trainer=a', second: 'arm=x'}, 'compare-overlap'],
  [
    'sides without a common seed',
    [...trials({trainer: 'a'}, [1]), {labels: {trainer: 'b'}, seed: 5, metrics: {score: 1}}],
    factor('trainer'),
    'compare-unmatched',
  ],
  [
    'sides of which one has nothing',
    [...trials({trainer: 'a'}, [1]), {labels: {trainer: 'b'}, seed: 1, status: 'failed'}],
    factor('trainer'),
    'compare-nothing-scored',
  ],
])('%s is refused', (_name, given, contrasted, code) => {
  expect(() => compare(given, contrasted)).toThrow(expect.objectContaining({code}));
});
