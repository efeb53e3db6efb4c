import {expect, test} from 'vitest';

import {PythonFloat, pythonRepr, pythonStr, PythonTuple} from '../../src/core/python/python-str.ts';

// Each as CPython 3.11 writes it.
test.each([
  ["it's", `"it's"`],
  [`both ' "`, `'both \\' "'`],
  ['\\ \n\t\r\0\x7f', `'\\\\ \\n\\t\\r\\x00\\x7f'`],
  ['\xa0\xad\u200b\u2028\u3000\ufeff\ue000', `'\\xa0\\xad\\u200b\\u2028\\u3000\\ufeff\\ue000'`],
  ['\u{e0001}\u{10ffff}', `'\\U000e0001\\U0010ffff'`],
  ['é中😀', `'é中😀'`],
])('the text %j is %s in repr()', (text, repr) => {
  expect(pythonRepr(text)).toBe(repr);
  expect(pythonStr(text)).toBe(text);
});

test.each([
  [0, '0.0'],
  [-0, '-0.0'],
  [1e15, '1000000000000000.0'],
  [1e16, '1e+16'],
  [-1.5e16, '-1.5e+16'],
  [1e22, '1e+22'],
  [0.0001, '0.0001'],
  [0.00001, '1e-05'],
  [1.5e-7, '1.5e-07'],
  [Infinity, 'inf'],
])('the float %d is %s', (value, repr) => {
  expect(pythonRepr(new PythonFloat(value))).toBe(repr);
});

test('containers show what they hold', () => {
  const tuple = new PythonTuple();
  tuple.push(null);
  expect(pythonStr({a: [true, 1, 'x'], t: tuple})).toBe("{'a': [True, 1, 'x'], 't': (None,)}");
});
