import fc from 'fast-check';
import {expect, test} from 'vitest';

import {roundHalfEven} from '../../src/core/rounding.ts';

test.each([
  [0.625, 2, 0.62],
  [0.125, 2, 0.12],
  [0.375, 2, 0.38],
  [0.875, 2, 0.88],
  [2.675, 2, 2.67],
  [1.005, 2, 1],
  [0.745, 2, 0.74],
  [2.5, 0, 2],
  [3.5, 0, 4],
  [-0.125, 2, -0.12],
  [-2.5, 0, -2],
  [0.995, 2, 0.99],
  [1e21, 2, 1e21],
])('%d rounded to %i digits is %d, as in Python', (value, digits, rounded) => {
  expect(roundHalfEven(value, digits)).toBe(rounded);
});

test('what cannot be rounded stays', () => {
  expect(roundHalfEven(NaN, 2)).toBeNaN();
  expect(roundHalfEven(Infinity, 2)).toBe(Infinity);
});

test('a rounded number is near and stays when rounded again', () => {
  fc.assert(
    fc.property(fc.double({min: -1e6, max: 1e6, noNaN: true}), fc.integer({min: 0, max: 4}), (value, digits) => {
      const rounded = roundHalfEven(value, digits);
      expect(Math.abs(rounded - value)).toBeLessThanOrEqual(0.5000001 * 10 ** -digits);
      expect(roundHalfEven(rounded, digits) === rounded).toBe(true); // 0 and -0 alike
    }),
  );
});
