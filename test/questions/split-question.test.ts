import {describe, expect, it} from 'vitest';

import {splitQuestion} from '../../src/questions/formatting/format-diffaware.ts';

describe('splitQuestion', () => {
  it.each([
    ['Who? (a) one (b) two (c) three', ['one', 'two', 'three']],
    ['Who? (1) one (2) two (3) three', ['one', 'two', 'three']],
    ['Who? (a) one (c) three (b) two', ['one', 'two', 'three']],
    ['Who? (B) two (A) one (C) three', ['one', 'two', 'three']],
    ['Who? (c) three (b) two (a) one', ['one', 'two', 'three']],
    ['Who? (c) three (a) one (b) two', ['one', 'two', 'three']],
  ])('gives no overlapping choices: %s', (text, choices) => {
    expect(splitQuestion(text)).toEqual({question: 'Who?', choices});
  });

  it('gives three empty choices where a mark is missing', () => {
    expect(splitQuestion('Who? (b) two (a) one')).toEqual({question: 'Who? (b) two', choices: ['', '', '']});
  });
});
