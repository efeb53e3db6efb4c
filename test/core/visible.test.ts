import {expect, test} from 'vitest';

import {formatTable} from '../../src/cli/render/format.ts';
import {escapeInvisible, escapeInvisibleOnOneLine} from '../../src/core/text/visible.ts';

test('what would steer a terminal is written out; line ends, tabs and other languages stay', () => {
  expect(escapeInvisible('a\x1b[31mred\x1b]0;title\x07 \x9b2J \r\x00')).toBe(
    'a\\x1b[31mred\\x1b]0;title\\x07 \\x9b2J \\x0d\\x00',
  );
  expect(escapeInvisible('\u202egnp.exe\u2069')).toBe('\\u202egnp.exe\\u2069');
  expect(escapeInvisible('judge\u200b \ufeffjudge\u2060 a\u2028b')).toBe('judge\\u200b \\ufeffjudge\\u2060 a\\u2028b');
  expect(escapeInvisible('one\n\ttwo – שלום, 你好, 👩‍⚕️')).toBe('one\n\ttwo – שלום, 你好, 👩‍⚕️');
  expect(escapeInvisibleOnOneLine('one\n\ttwo')).toBe('one\\n\\ttwo');
});

test('a cell of a table stays on its line and does not move the others', () => {
  expect(
    formatTable([
      ['a\nb', 'x'],
      ['\x1b[2J', 'y'],
    ]),
  ).toBe('a\\nb     x\n\\x1b[2J  y\n');
});
