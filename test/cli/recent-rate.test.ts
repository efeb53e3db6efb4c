import {expect, test} from 'vitest';

import {computeRecentRate} from '../../src/cli/status/recent-rate.ts';

const NOW = Date.UTC(2026, 0, 2);
const work = (fromSeconds: number, toSeconds: number, questions: number) => ({
  fromMs: NOW + fromSeconds * 1000,
  toMs: NOW + toSeconds * 1000,
  questions,
});

test('tasks that were finished one after another count with the one that runs now', () => {
  const rate = computeRecentRate([work(-100, -60, 40), work(-60, -20, 40), work(-20, 0, 20)], NOW);
  expect(rate).toEqual({perSecond: 1, isSteady: true});
});

test('tasks beside each other add up, and the time between jobs does not count', () => {
  expect(computeRecentRate([work(-60, 0, 60), work(-60, 0, 60)], NOW)?.perSecond).toBeCloseTo(2);
  expect(computeRecentRate([work(-500, -440, 60), work(-60, 0, 60)], NOW)?.perSecond).toBeCloseTo(1);
});

test('what is long ago does not count, of a long attempt only the recent part', () => {
  expect(computeRecentRate([work(-90_000, -80_000, 9_999), work(-3_600, 0, 3_600)], NOW)?.perSecond).toBeCloseTo(1);
});

test('too little tells no rate, little no time that is left', () => {
  expect(computeRecentRate([], NOW)).toBeNull();
  expect(computeRecentRate([work(-5, 0, 60)], NOW)).toBeNull();
  expect(computeRecentRate([work(-60, 0, 2)], NOW)).toBeNull();
  expect(computeRecentRate([work(-30, 0, 60)], NOW)).toMatchObject({isSteady: false});
});
