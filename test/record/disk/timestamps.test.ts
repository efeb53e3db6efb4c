import {expect, test} from 'vitest';

import {fileTimestamp, jsonTimestamp, parseTimestamp} from '../../../src/record/disk/timestamps.ts';

const MS = Date.UTC(2025, 11, 10, 9, 8, 7, 123);

test('records have microseconds, names of files milliseconds', () => {
  expect(jsonTimestamp(MS + 0.456)).toBe('2025-12-10T09:08:07.123456Z');
  expect(fileTimestamp(MS + 0.999)).toBe('20251210T090807.123Z');
});

test('both forms are read back', () => {
  expect(parseTimestamp('2025-12-10T09:08:07.123456Z')).toBeCloseTo(MS + 0.456, 3);
  expect(parseTimestamp('20251210T090807.123Z')).toBe(MS);
  expect(parseTimestamp('2025-12-10T09:08:07Z')).toBe(MS - 123);
});

test.each(['', '2025-12-10', '2025-12-10T09:08:07', '2025-12-10T09:08:07+01:00', 'yesterday'])(
  '%j is no time of ours',
  text => expect(parseTimestamp(text)).toBeUndefined(),
);
