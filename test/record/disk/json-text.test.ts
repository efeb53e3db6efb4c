import fc from 'fast-check';
import {expect, test} from 'vitest';

import {renderJson, renderJsonLine} from '../../../src/record/disk/json-text.ts';

test('a file has two spaces of indent, ASCII only and no newline at its end', () => {
  expect(renderJson({a: [1, 'é'], b: {}})).toBe('{\n  "a": [\n    1,\n    "\\u00e9"\n  ],\n  "b": {}\n}');
  expect(renderJson('😀 \x7f')).toBe('"\\ud83d\\ude00 \x7f"');
});

test('a line has a space behind every comma and colon, and no key without a value', () => {
  expect(renderJsonLine({a: [1, undefined, null], b: undefined, c: {d: 'ü'}})).toBe(
    '{"a": [1, null, null], "c": {"d": "\\u00fc"}}',
  );
});

test('half a surrogate pair becomes U+FFFD; the words \\ud83d of a model stay', () => {
  expect(JSON.parse(renderJson(['\ud83d', '\ude00b', '😀']))).toEqual(['\ufffd', '\ufffdb', '😀']);
  expect(JSON.parse(renderJsonLine({text: String.raw`\ud83d`}))).toEqual({text: String.raw`\ud83d`});
});

test('what is rendered is read back the same, and is ASCII', () => {
  fc.assert(
    fc.property(fc.jsonValue(), value => {
      const plain: unknown = JSON.parse(JSON.stringify(value));
      for (const text of [renderJson(plain), renderJsonLine(plain)]) {
        expect(JSON.parse(text)).toEqual(plain);
        expect(text).toMatch(/^[\n\x20-\x7f]*$/);
      }
    }),
  );
});
