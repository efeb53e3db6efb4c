import fc from 'fast-check';
import {expect, test} from 'vitest';

import {boundedWait, retryDelayMs} from '../../src/schedule/retry-delay.ts';

test('a delay never exceeds the cap, and is at least as long as the server asked for', () => {
  fc.assert(
    fc.property(fc.nat(1000), fc.double({min: 0, max: 0.999, noNaN: true}), (attempt, random) => {
      expect(retryDelayMs({attempt, random: () => random})).toBeLessThanOrEqual(30_000);
      expect(retryDelayMs({attempt, random: () => random, retryAfterMs: 7_000})).toBeGreaterThanOrEqual(7_000);
    }),
  );
});

test('delays double up to half a minute, with full jitter', () => {
  const longest = [0, 1, 2, 5, 6, 40].map(attempt => retryDelayMs({attempt, random: () => 1}));
  expect(longest).toEqual([500, 1_000, 2_000, 16_000, 30_000, 30_000]);
  expect(retryDelayMs({attempt: 6, random: () => 0})).toBe(0);
  expect(retryDelayMs({attempt: 6, random: () => 0.5})).toBe(15_000);
});

test('calls that were asked to wait equally long do not come back together', () => {
  expect([0, 1].map(random => retryDelayMs({attempt: 3, random: () => random, retryAfterMs: 7_000}))).toEqual([
    7_000, 7_500,
  ]);
});

test('a server that asks for hours gets a quarter of one', () => {
  expect([1_000, 24 * 3_600_000].map(boundedWait)).toEqual([1_000, 900_000]);
  expect(retryDelayMs({attempt: 0, random: () => 0, retryAfterMs: 24 * 3_600_000})).toBe(900_000);
});
