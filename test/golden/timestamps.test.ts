import {expect} from 'vitest';

import {fileTimestamp, jsonTimestamp, parseTimestamp} from '../../src/record/disk/timestamps.ts';
import {goldenSuite} from '../support/golden.ts';

goldenSuite('timestamps.json', {
  mode: 'reference',
  check: ({input, expected}) => {
    const iso = String(input.iso);
    const micros = Number((/\.(\d{1,6})/.exec(iso)?.[1] ?? '').padEnd(6, '0'));
    // Half a microsecond keeps the fraction on the right side of binary rounding.
    const epochMs = Date.parse(iso.replace(/\.\d+/, '')) + (micros + (micros > 0 ? 0.5 : 0)) / 1000;
    expect(jsonTimestamp(epochMs)).toBe(expected.json);
    expect(fileTimestamp(epochMs)).toBe(expected.filename);
    expect(fileTimestamp(epochMs)).toBe(expected.runtime_placeholder);
    expect(Math.floor(parseTimestamp(expected.filename) ?? 0)).toBe(Math.floor(epochMs));
  },
});
