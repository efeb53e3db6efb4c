import {expect, test} from 'vitest';

import {
  count,
  describeMeasured,
  formatDecimal,
  formatInteger,
  formatProbability,
  truncateList,
} from '../../src/core/text/amounts.ts';

test('numbers are grouped and rounded, and zero has no sign', () => {
  expect([0, 999, 1000, 1_234_567.4].map(formatInteger)).toEqual(['0', '999', '1,000', '1,234,567']);
  expect([0.12345, -0.0004, -0.5].map(formatDecimal)).toEqual(['0.123', '0.000', '-0.500']);
  expect([null, 0.00001, 0.0001, 0.5].map(formatProbability)).toEqual(['–', '<0.0001', '0.0001', '0.5000']);
});

test('nouns follow their number', () => {
  expect([count(0, 'task'), count(1, 'task'), count(1200, 'task')]).toEqual(['0 tasks', '1 task', '1,200 tasks']);
  expect(count(2, 'retry', 'retries')).toBe('2 retries');
});

test('a long list says how many more there are', () => {
  expect(truncateList(['a', 'b'], 2)).toBe('a, b');
  expect(truncateList(['a', 'b', 'c'], 2)).toBe('a, b … and 1 more');
});

test('what is missing of a measured number has a footnote', () => {
  const measured = {value: 0.5, reason: null, interval: [0.25, 0.75] as const, interval_reason: null};
  expect(describeMeasured(measured)).toEqual({value: '0.500', interval: '[0.250, 0.750]', footnote: null});
  expect(describeMeasured({...measured, interval: null, interval_reason: 'one cluster'})).toEqual({
    value: '0.500',
    interval: '[–]',
    footnote: 'no interval: one cluster',
  });
  expect(describeMeasured({...measured, value: null, reason: 'no answers'})).toEqual({
    value: '–',
    interval: '',
    footnote: 'no answers',
  });
});
