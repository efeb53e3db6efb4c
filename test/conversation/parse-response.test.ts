import fc from 'fast-check';
import {describe, expect, test} from 'vitest';

import {parseResponse} from '../../src/conversation/reading/parse-response.ts';
import {isPythonFalsy} from '../../src/core/python/python-falsy.ts';

const ANSWER = {answer: 'A', rationale: 'because'};
const JSON_TEXT = JSON.stringify(ANSWER);

describe('parsing a reply', () => {
  test.each([
    ['direct', JSON_TEXT],
    ['direct', `<think>{"answer": "B"}</think>\n${JSON_TEXT}`],
    ['direct', `<think>\x1c</think>\x1f${JSON_TEXT}\x85`],
    ['fenced', `Sure:\n\`\`\`json\n${JSON_TEXT}\n\`\`\`\nAnything else {…}?`],
    ['fenced', `\`\`\`json not yet \`\`\`json\x85${JSON_TEXT}\`\`\``],
    ['embedded', `\`\`\`JSON\n${JSON_TEXT}\n\`\`\``],
    ['embedded', `<think>a</think>\ufeff${JSON_TEXT}`],
    ['repair', JSON_TEXT.slice(0, -1)],
  ])('finds the object: %s in %j', (stage, text) => {
    expect(parseResponse(text)).toMatchObject({stage, value: ANSWER});
  });

  test('records a repair and a failure with the first 500 characters of the reply', () => {
    const cut = `{"answer": "${'x'.repeat(1000)}`;
    expect(parseResponse(cut).error).toEqual({
      error_class: 'JSONParseError',
      error_code: 'JSON_PARSE_REPAIRED',
      message: 'JSON parsing repaired',
      details: {response_text: cut.slice(0, 500), repaired: true},
    });
    expect(parseResponse('no').error).toMatchObject({error_code: 'JSON_PARSE_FAILED'});
    expect(parseResponse(JSON_TEXT).error).toBeNull();
  });

  test('the shortest fenced text counts, and the first fence only', () => {
    expect(parseResponse('```json\n{"a": 1}\n```\n{"b": 2}\n```')).toMatchObject({stage: 'fenced', value: {a: 1}});
    expect(parseResponse('```json\n{bad}\n``` ```json\n{"a": 1}\n```').stage).not.toBe('fenced');
  });

  test('knows the numbers that only Python calls JSON, but not inside of texts', () => {
    expect(parseResponse('{"a": NaN, "b": [-Infinity, Infinity], "c": "NaN \\" Infinity"}').value).toEqual({
      a: NaN,
      b: [-Infinity, Infinity],
      c: 'NaN " Infinity',
    });
    expect(parseResponse('{"a": NaNs}').stage).toBe('repair');
    expect(parseResponse('{"a": -NaN}').stage).toBe('repair');
  });

  test('refuses valid JSON that nests deeper than what reads it can bear', () => {
    const nested = (depth: number): string => `{"a": ${'['.repeat(depth)}${']'.repeat(depth)}}`;
    expect(parseResponse(nested(100)).stage).toBe('direct');
    expect(parseResponse(nested(100_000)).stage).toBe('hopeless');
  });

  test('does not repair texts beyond 200,000 characters', () => {
    expect(parseResponse(`{"answer": "A", "rationale": "${'x'.repeat(199_000)}`).stage).toBe('repair');
    expect(parseResponse(`{"answer": "A", "rationale": "${'x'.repeat(200_000)}`).stage).toBe('hopeless');
  });

  // Each of these takes minutes or more when any step is quadratic; the test's own time-out notices.
  test.each([
    '```json {"a": ',
    '!}\n```json {',
    '"x" y ',
    '{"a": NaN, "b": "\\"x',
    ',',
    '"',
    '\\"',
    '} ',
    '[{',
    ' , ',
    "'a': b, ",
  ])('megabytes of %j are soon refused', piece => {
    const text = `{"a": ["${piece.repeat(5_000_000 / piece.length)}`;
    expect(parseResponse(text).value).toBeNull();
    expect(['repair', 'hopeless']).toContain(parseResponse(text.slice(0, 190_000)).stage);
  });

  test('any JSON value is read as it was written', () => {
    fc.assert(
      fc.property(fc.jsonValue({noUnicodeString: false}), value => {
        const text = JSON.stringify(value);
        expect(parseResponse(text)).toEqual({stage: 'direct', value: JSON.parse(text), error: null});
      }),
    );
  });

  test('any object survives prose without braces around it', () => {
    const prose = fc.string({unit: fc.constantFrom(...Array.from('abc .,:;"\'`\n'))});
    const members = fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.boolean(), fc.integer()), {minKeys: 1});
    fc.assert(
      fc.property(prose, members, prose, (before, value, after) => {
        const {value: parsed} = parseResponse(`${before}${JSON.stringify(value)}${after}`);
        expect(parsed).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});

test('what Python calls false is empty', () => {
  for (const value of [null, undefined, false, 0, '', [], {}]) expect(isPythonFalsy(value)).toBe(true);
  for (const value of [true, 1, NaN, ' ', [0], {a: null}]) expect(isPythonFalsy(value)).toBe(false);
});
