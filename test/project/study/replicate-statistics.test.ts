import {expect, test} from 'vitest';

import {summariseReplicates} from '../../../src/project/study/replicate-statistics.ts';

test('no value has no mean, one has no spread', () => {
  expect(summariseReplicates([])).toEqual({n: 0, mean: null, stdev: null, ci95_low: null, ci95_high: null});
  expect(summariseReplicates([4])).toEqual({n: 1, mean: 4, stdev: null, ci95_low: null, ci95_high: null});
});

// Printed tables of t(0.975, df).
test.each([
  [1, 12.706],
  [2, 4.303],
  [4, 2.776],
  [9, 2.262],
  [30, 2.042],
])('with %d degrees of freedom the interval is %d standard errors wide on each side', (df, t) => {
  const values = Array.from({length: df + 1}, (_, i) => i);
  const {n, mean, stdev, ci95_low, ci95_high} = summariseReplicates(values);
  expect(n).toBe(df + 1);
  const standardError = stdev! / Math.sqrt(n);
  expect((ci95_high! - mean!) / standardError).toBeCloseTo(t, 3);
  expect((mean! - ci95_low!) / standardError).toBeCloseTo(t, 3);
});

test('beyond 30 degrees of freedom it is 1.96', () => {
  const {n, mean, stdev, ci95_high} = summariseReplicates(Array.from({length: 32}, (_, i) => i));
  expect((ci95_high! - mean!) / (stdev! / Math.sqrt(n))).toBeCloseTo(1.96, 12);
});
