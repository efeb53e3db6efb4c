import fc from 'fast-check';
import {expect, test} from 'vitest';

import {clusterBootstrap} from '../../../src/analyze/statistics/cluster-bootstrap.ts';
import {clusteredMean} from '../../support/clustered-mean.ts';
import {fitFixedEffects} from '../../../src/analyze/statistics/fixed-effects.ts';
import {holm} from '../../../src/analyze/statistics/p-values.ts';
import {averageLinearised, testLinearised} from '../../../src/analyze/statistics/linearised.ts';
import {invertCdf} from '../../../src/analyze/statistics/normal.ts';
import {studentTQuantile, studentTUpperTail} from '../../../src/analyze/statistics/student-t.ts';
import {clusteredProportion, wilson} from '../../../src/analyze/statistics/clustered-proportion.ts';
import {pairedDifference} from './paired-difference.ts';

const counts = fc.integer({min: 1, max: 400}).chain(n => fc.tuple(fc.integer({min: 0, max: n}), fc.constant(n)));

test('a Wilson interval lies in 0…1, holds its proportion, and mirrors when yes and no change places', () => {
  fc.assert(
    fc.property(counts, ([successes, n]) => {
      const [low, high] = wilson(successes, n);
      expect(low).toBeGreaterThanOrEqual(0);
      expect(high).toBeLessThanOrEqual(1);
      expect(low).toBeLessThanOrEqual(successes / n);
      expect(high).toBeGreaterThanOrEqual(successes / n);
      const mirrored = wilson(n - successes, n);
      expect(1 - mirrored[1]).toBeCloseTo(low, 12);
      expect(1 - mirrored[0]).toBeCloseTo(high, 12);
    }),
  );
});

test('a clustered proportion is plain Wilson for clusters of one, and never narrower than Wilson on all answers', () => {
  const shares = fc.array(
    counts.map(([successes, n]) => ({successes, n})),
    {minLength: 2, maxLength: 30},
  );
  fc.assert(
    fc.property(shares, clusters => {
      const interval = clusteredProportion(clusters);
      const n = clusters.reduce((sum, share) => sum + share.n, 0);
      const successes = clusters.reduce((sum, share) => sum + share.successes, 0);
      const [low, high] = wilson(successes, n);
      expect(interval![0]).toBeLessThanOrEqual(low + 1e-12);
      expect(interval![1]).toBeGreaterThanOrEqual(high - 1e-12);
    }),
  );
  const singles = [1, 0, 1, 1, 0, 0, 1, 1].map(successes => ({successes, n: 1}));
  expect(clusteredProportion(singles)).toEqual(wilson(5, 8));
  expect(clusteredProportion([{successes: 3, n: 9}])).toBeNull();
});

test('clusters that all agree leave an interval as wide as one answer a cluster', () => {
  const interval = clusteredProportion(Array.from({length: 20}, () => ({successes: 10, n: 10})))!;
  expect(interval[1]).toBe(1);
  expect(interval[0]).toBeLessThan(wilson(20, 20)[0] + 1e-12);
});

test('a quantile of t brings back its probability', () => {
  fc.assert(
    fc.property(fc.double({min: 0.001, max: 0.999, noNaN: true}), fc.integer({min: 1, max: 300}), (p, df) => {
      expect(studentTUpperTail(-studentTQuantile(p, df), df)).toBeCloseTo(p, 10);
    }),
  );
  expect(() => invertCdf(x => x, 1)).toThrow(RangeError);
});

test('Holm never lowers a p-value and keeps the order', () => {
  fc.assert(
    fc.property(fc.array(fc.double({min: 0, max: 1, noNaN: true}), {maxLength: 20}), pValues => {
      const adjusted = holm(pValues);
      pValues.forEach((p, i) => {
        expect(adjusted[i]).toBeGreaterThanOrEqual(p);
        expect(adjusted[i]).toBeLessThanOrEqual(1);
        pValues.forEach((q, j) => {
          if (p < q) expect(adjusted[i]).toBeLessThanOrEqual(adjusted[j]!);
        });
      });
    }),
  );
});

test('a paired difference changes its sign, and nothing else, when the sides change places', () => {
  const pairs = fc.array(
    fc.record({
      cluster: fc.constantFrom('a', 'b', 'c'),
      first: fc.integer({min: 0, max: 1}),
      second: fc.integer({min: 0, max: 1}),
    }),
    {minLength: 1, maxLength: 40},
  );
  fc.assert(
    fc.property(pairs, rows => {
      const one = pairedDifference(rows);
      const other = pairedDifference(rows.map(({cluster, first, second}) => ({cluster, first: second, second: first})));
      expect(other.value).toBeCloseTo(-one.value, 12);
      const [test, mirrored] = [testLinearised(one), testLinearised(other)];
      expect(mirrored.pValue ?? -1).toBeCloseTo(test.pValue ?? -1, 10);
      expect(mirrored.interval?.[0] ?? 0).toBeCloseTo(-(test.interval?.[1] ?? 0), 12);
      // Whether blocks repeat each other or not, what all show is their average, with the error of one.
      expect(testLinearised(averageLinearised([one, one])).standardError ?? -1).toBeCloseTo(
        test.standardError ?? -1,
        12,
      );
    }),
  );
});

test('a mean of one cluster has no standard error, and of nothing is refused', () => {
  expect(clusteredMean([[1, 0, 1]]).standardError).toBeNull();
  expect(() => clusteredMean([[]])).toThrow(RangeError);
});

test('a regressor that does not vary within the groups is refused, not divided by', () => {
  const rows = [0, 1, 0, 1, 1, 0].map((outcome, i) => ({
    group: i < 3 ? 'g' : 'h',
    outcome,
    regressors: [i < 3 ? 1 : 0],
  }));
  expect(fitFixedEffects(['x'], rows)).toEqual({
    kind: 'impossible',
    reason: 'a regressor does not vary within the groups',
  });
  expect(fitFixedEffects(['x'], rows.slice(0, 3))).toMatchObject({kind: 'impossible'});
});

test('a bootstrap is repeatable by its seed, and its draws are sums of whole clusters', () => {
  const table = {rows: 3, columns: 2, values: Float64Array.from([1, 10, 2, 20, 4, 40])};
  const draw = (seed: string): number[][] => {
    const draws: number[][] = [];
    clusterBootstrap(table, {draws: 50, seed}, sums => draws.push([...sums]));
    return draws;
  };
  expect(draw('a')).toEqual(draw('a'));
  expect(draw('a')).not.toEqual(draw('b'));
  for (const [one, ten] of draw('a')) expect(ten).toBe(10 * one!);
});

test('resampled sums are exact, whole counts or not, and the same as of each column alone', () => {
  const count = fc.oneof(fc.nat({max: 5}), fc.nat({max: 100_000}), fc.double({min: 0, max: 9, noNaN: true}));
  fc.assert(
    fc.property(fc.array(fc.array(count, {minLength: 9, maxLength: 9}), {minLength: 1, maxLength: 30}), rows => {
      const sumsOf = (columns: readonly number[]): number[][] => {
        const values = Float64Array.from(rows.flatMap(row => columns.map(column => row[column]!)));
        const draws: number[][] = [];
        clusterBootstrap({rows: rows.length, columns: columns.length, values}, {draws: 20, seed: 's'}, sums =>
          draws.push([...sums]),
        );
        return draws;
      };
      const together = sumsOf([0, 1, 2, 3, 4, 5, 6, 7, 8]);
      for (let column = 0; column < 9; column++) {
        expect(together.map(sums => sums[column])).toEqual(sumsOf([column]).map(([sum]) => sum));
      }
    }),
    {numRuns: 50},
  );
});
