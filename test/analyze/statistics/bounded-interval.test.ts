import fc from 'fast-check';
import {expect, test} from 'vitest';

import {
  clippedInterval,
  rangeOfDifference,
  transformedInterval,
  UNBOUNDED,
  type Range,
} from '../../../src/analyze/statistics/bounded-interval.ts';
import {studentInterval} from '../../../src/analyze/statistics/student-t.ts';

test('a logit interval is that of the formula, computed with the table value of t', () => {
  // t(0.975; 4) = 2.77645, t(0.975; 1) = 12.70620; logit and its derivative by hand, in Python.
  const known: readonly (readonly [number, number, number, Range, Range])[] = [
    [0.8, 0.15, 5, [-1, 1], [-0.0581740802228945, 0.9782623602019884]],
    [0.9, 0.05, 5, [0, 1], [0.6580812064023062, 0.9767901273052515]],
    [-0.3, 0.4, 5, [-2, 2], [-1.232840737270112, 0.7886822430966891]],
    [0.2, 1, 2, [-1, 1], [-0.9999999999904324, 0.9999999999957478]],
    [0.5, 0.3, 5, [0, Infinity], [0.09451334441805967, 2.6451291247739386]],
  ];
  for (const [value, error, clusters, range, wanted] of known) {
    const [low, high] = transformedInterval(value, error, clusters, range);
    expect(low).toBeCloseTo(wanted[0], 9);
    expect(high).toBeCloseTo(wanted[1], 9);
  }
});

test('a value without ends has the plain t interval', () => {
  expect(transformedInterval(0.7, 0.4, 6, UNBOUNDED)).toEqual(studentInterval(0.7, 0.4, 6));
});

test('an interval never leaves the range, holds the value, and mirrors with it', () => {
  const values = fc.double({min: -1, max: 1, noNaN: true});
  const errors = fc.double({min: 1e-6, max: 5, noNaN: true});
  fc.assert(
    fc.property(values, errors, fc.integer({min: 2, max: 60}), (value, error, clusters) => {
      const range: Range = [-1, 1];
      const [low, high] = transformedInterval(value, error, clusters, range);
      expect(low).toBeGreaterThanOrEqual(-1);
      expect(high).toBeLessThanOrEqual(1);
      expect(low).toBeLessThanOrEqual(value + 1e-12);
      expect(high).toBeGreaterThanOrEqual(value - 1e-12);
      const [mirroredLow, mirroredHigh] = transformedInterval(-value, error, clusters, range);
      expect(mirroredLow).toBeCloseTo(-high, 9);
      expect(mirroredHigh).toBeCloseTo(-low, 9);
    }),
  );
});

test('far from the ends it is the t interval nearly', () => {
  const [low, high] = transformedInterval(0.1, 0.01, 30, [-1, 1]);
  const [from, to] = studentInterval(0.1, 0.01, 30);
  expect(low).toBeCloseTo(from, 3);
  expect(high).toBeCloseTo(to, 3);
});

test('clipping cuts off what lies outside and keeps what lies within; a value outside has no interval', () => {
  expect(clippedInterval(0.2, [-12.5, 12.9], [-1, 1])).toEqual([-1, 1]);
  expect(clippedInterval(0.9, [0.7, 1.1], [-1, 1])).toEqual([0.7, 1]);
  expect(clippedInterval(0.1, [-0.2, 0.4], [-1, 1])).toEqual([-0.2, 0.4]);
  expect(clippedInterval(1.2, [0.9, 1.5], [-1, 1])).toBeNull();
});

test('differences lie between the most that one can be below and above the other', () => {
  expect(rangeOfDifference([0, 1], [0, 1])).toEqual([-1, 1]);
  expect(rangeOfDifference([-1, 1], [-1, 1])).toEqual([-2, 2]);
  expect(rangeOfDifference([0, Infinity], [0, Infinity])).toEqual([-Infinity, Infinity]);
});
