import fc from 'fast-check';
import {expect, test} from 'vitest';

import {parseOverrideValue, renderOverride} from '../../../src/plan/study/render-override.ts';

test.each<[value: unknown, text: string]>([
  [true, 'k=true'],
  [false, 'k=false'],
  [null, 'k=null'],
  [3, 'k=3'],
  [0.5, 'k=0.5'],
  ['plain/path-1.x_y', 'k=plain/path-1.x_y'],
  ['', 'k=""'],
  ['two words', 'k="two words"'],
  ['a,b', 'k="a,b"'],
  ['true', 'k="true"'],
  ['1e3', 'k="1e3"'],
  [['a', 1], 'k=["a",1]'],
  [{b: 1, a: [null]}, 'k={"a":[null],"b":1}'],
])('%j is written %s', (value, text) => {
  expect(renderOverride('k', value)).toBe(text);
});

test('every value is read back as it was', () => {
  fc.assert(
    fc.property(fc.jsonValue(), value => {
      const text = renderOverride('k', value).slice(2);
      expect(parseOverrideValue(text)).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});
