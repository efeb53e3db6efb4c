import {expect, test} from 'vitest';

import {isEnglishWord} from '../../src/core/text/english-words.ts';

test.each(['aa', 'banker', 'manlihood', 'sharrowed', 'women', 'zzzs'])('%j is a word', text => {
  expect(isEnglishWord(text)).toBe(true);
});

test.each(['', '\n', 'bankre', 'Donna', 'women\nworld', 'zzzzzz'])('%j is none', text => {
  expect(isEnglishWord(text)).toBe(false);
});
