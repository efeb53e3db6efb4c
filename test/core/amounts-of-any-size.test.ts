import {expect, test} from 'vitest';

import {describeMeasured, formatSignificant} from '../../src/core/text/amounts.ts';

test.each([
  [0.5, '0.500'],
  [1234.5678, '1234.568'],
  [0.0123456, '0.012'],
  [0.00123456, '0.00123'],
  [-0.0000123456, '-0.0000123'],
  [3e-9, '3e-9'],
  [2e-17, '0.000'],
  [0, '0.000'],
])('%d is %s where a metric can be of any size', (value, text) => {
  expect(formatSignificant(value)).toBe(text);
});

test('a small mean and its interval are shown with digits', () => {
  const measured = {value: 0.00012, reason: null, interval: [0.0001, 0.0002], interval_reason: null} as const;
  expect(describeMeasured({...measured, isOfAnySize: true})).toMatchObject({
    value: '0.00012',
    interval: '[0.0001, 0.0002]',
  });
  expect(describeMeasured(measured).value).toBe('0.000');
});
