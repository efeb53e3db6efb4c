import {readFileSync} from 'node:fs';
import {resolve} from 'node:path';

import fc from 'fast-check';
import {describe, expect, test} from 'vitest';

import {repairJson} from '../../src/conversation/json-repair/repair-json.ts';
import {parseResponse} from '../../src/conversation/reading/parse-response.ts';

/** Results of Python's json_repair 0.61.7 for each text; null where it found no object. */
const OBSERVED = JSON.parse(readFileSync(resolve(import.meta.dirname, '../fixtures/damaged-json.json'), 'utf8')) as {
  text: string;
  value: unknown;
}[];

describe('repairing', () => {
  test('reads hundreds of damaged texts as the older system did', () => {
    for (const {text, value} of OBSERVED) {
      const parsed = parseResponse(text);
      expect(parsed.value, text).toEqual(value);
      expect(parsed.stage, text).toBe(value === null ? 'hopeless' : 'repair');
    }
    expect(OBSERVED.length).toBeGreaterThan(700);
  });

  test('keeps a key called __proto__ as plain data', () => {
    const value = repairJson('{"__proto__": "x", "answer": "A",}') as Record<string, unknown>;
    expect(Object.keys(value)).toEqual(['__proto__', 'answer']);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  });

  test('takes the last of several objects of one shape, and none of different ones', () => {
    expect(repairJson('{"answer": "A",} no: {"answer": "B",}')).toEqual({answer: 'B'});
    expect(repairJson('{"answer": "A",} and {"reason": "B",}')).toEqual([{answer: 'A'}, {reason: 'B'}]);
  });

  test('gives up on nesting that nobody means', () => {
    expect(() => repairJson('{"a":'.repeat(101))).toThrow(RangeError);
    expect(parseResponse('{"a":'.repeat(5000)).stage).toBe('hopeless');
  });

  test('what is cut anywhere inside its second text keeps its first answer', () => {
    const words = fc.string({unit: fc.constantFrom(...Array.from('abc XYZ.!?')), maxLength: 40});
    fc.assert(
      fc.property(words, words, fc.nat(), (answer, rationale, cut) => {
        const whole = JSON.stringify({answer: `${answer}x`, rationale});
        const start = whole.indexOf('"rationale": "'.replace(' ', '')) + '"rationale":"'.length;
        const text = whole.slice(0, start + (cut % (rationale.length + 1)));
        expect(parseResponse(text).value).toMatchObject({answer: `${answer}x`});
      }),
    );
  });

  test('never throws anything but a refusal to nest deeper, whatever the text', () => {
    const unit = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      '(',
      ')',
      '"',
      "'",
      ':',
      ',',
      '\\',
      '/',
      '*',
      '#',
      '\n',
      ' ',
      'a',
      '1',
      '-',
      '“',
      '`',
    );
    fc.assert(
      fc.property(fc.string({unit, maxLength: 60}), text => {
        try {
          repairJson(text);
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
        }
      }),
      {numRuns: 3000},
    );
  });
});
