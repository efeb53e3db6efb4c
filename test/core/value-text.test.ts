import fc from 'fast-check';
import {expect, test} from 'vitest';
import {parse} from 'yaml';

import {valueText} from '../../src/core/text/value-text.ts';

const scalar = fc.oneof(
  fc.string(),
  fc.double({noNaN: true, noDefaultInfinity: true}),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  fc.constantFrom(
    'null',
    'true',
    'False',
    '~',
    '1',
    '-1.5e3',
    '.5',
    '0x1F',
    '0o17',
    '.inf',
    '.NaN',
    'none',
    '',
    ' a',
    '"a"',
  ),
);

test('different scalars never look the same', () => {
  fc.assert(
    fc.property(scalar, scalar, (a, b) => {
      fc.pre(a !== b);
      expect(valueText(a)).not.toBe(valueText(b));
    }),
  );
});

test('a word that YAML would read as something else is quoted, others are bare', () => {
  for (const word of [
    'null',
    'Null',
    '~',
    '',
    'TRUE',
    '12',
    '+1',
    '1.',
    '.5',
    '1e3',
    '0x1F',
    '0o17',
    '-.inf',
    '.NAN',
  ]) {
    expect(parse(word), word).not.toBeTypeOf('string');
    expect(valueText(word)).toBe(JSON.stringify(word));
  }
  for (const word of ['nurse', 'nullable', '1st', 'v1.2.3', '1e', 'a "nurse"', 'yes', '0x']) {
    expect(parse(word), word).toBe(word);
    expect(valueText(word)).toBe(word);
  }
});

test('what is no text is written as it is; an absent value is null', () => {
  expect([1, -0.5, true, null, undefined].map(valueText)).toEqual(['1', '-0.5', 'true', 'null', 'null']);
});
