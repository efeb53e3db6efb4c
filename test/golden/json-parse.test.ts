import {expect} from 'vitest';

import {parseResponse} from '../../src/conversation/reading/parse-response.ts';
import {isPythonFalsy} from '../../src/core/python/python-falsy.ts';
import {goldenSuite} from '../support/golden.ts';

/** The vectors write what JSON cannot: {"$float": "NaN"}. */
function decode(value: any): any {
  if (Array.isArray(value)) return value.map(decode);
  if (value === null || typeof value !== 'object') return value;
  if ('$float' in value) return Number(value.$float);
  if ('$bigint' in value) return Number(value.$bigint);
  if ('$pyfloat' in value) return value.$pyfloat;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, decode(member)]));
}

goldenSuite('json-parse.json', {
  mode: 'reference',
  check: ({input, expected}) => {
    const parsed = parseResponse(input.response_text);
    expect(parsed.stage).toBe(expected.stage);
    expect(parsed.value).toEqual(decode(expected.parsed));
    expect(isPythonFalsy(parsed.value)).toBe(expected.is_empty);
    expect(parsed.error).toEqual(expected.json_parse_error);
  },
});
