import fc from 'fast-check';
import {expect, test} from 'vitest';

import {jsonParseFailed, jsonParseRepaired} from '../../src/record/task/recorded-errors.ts';

/** The texts as both errors quote them. */
function quoted(text: string): unknown[] {
  return [jsonParseFailed(text), jsonParseRepaired(text)].map(({details}) => details['response_text']);
}

test('a reply is quoted up to 500 characters, of which one may take two units', () => {
  expect(quoted('a'.repeat(499))[0]).toBe('a'.repeat(499));
  expect(quoted('a'.repeat(501))[0]).toBe('a'.repeat(500));
  expect(quoted('😀'.repeat(501))).toEqual(['😀'.repeat(500), '😀'.repeat(500)]);
  expect(quoted(`a${'😀'.repeat(600)}`)[0]).toBe(`a${'😀'.repeat(499)}`);
});

test('no character is ever cut in two', () => {
  const long = fc.string({unit: 'grapheme', minLength: 400, maxLength: 1200});
  fc.assert(
    fc.property(long, text => {
      const expected = Array.from(text).slice(0, 500).join('');
      expect(quoted(text)).toEqual([expected, expected]);
    }),
  );
});
