import fc from 'fast-check';
import {describe, expect, test} from 'vitest';

import {normaliseAnswer, strippedForm} from '../../src/conversation/matching/normal-form.ts';
import {editDistance, sequenceRatio} from '../../src/conversation/matching/similarity.ts';
import {ratioUpperBound} from '../support/ratio-upper-bound.ts';

const text = fc.string({unit: fc.constantFrom('a', 'b', 'c', ' ', 'é', '😀'), maxLength: 300});

describe('the similarity ratio', () => {
  test('counts code points, not UTF-16 units', () => {
    expect(sequenceRatio('😀', '😁')).toBe(0);
    expect(sequenceRatio('a😀', 'a')).toBe(2 / 3);
  });

  test('of two empty texts is 1', () => {
    expect(sequenceRatio('', '')).toBe(1);
    expect(sequenceRatio('', 'a')).toBe(0);
  });

  test('ignores popular characters as seeds in a second text of 200 or more', () => {
    const long = `${'ab'.repeat(100)}xyz`;
    expect(sequenceRatio('cababab', long)).toBe(0);
    expect(sequenceRatio(long, 'cababab')).toBeGreaterThan(0);
    expect(sequenceRatio('abxyz', long)).toBeCloseTo((2 * 5) / (5 + 203), 12);
  });

  test('lies between 0 and 1, is 1 for equal texts and never above its bound', () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        const ratio = sequenceRatio(a, b);
        expect(ratio).toBeGreaterThanOrEqual(0);
        expect(ratio).toBeLessThanOrEqual(ratioUpperBound(a, b));
        if (a.length < 200) expect(sequenceRatio(a, a)).toBe(1);
      }),
    );
  });
});

describe('the edit distance', () => {
  test.each([
    ['men', 'women', 2],
    ['wmen', 'women', 1],
    ['wen', 'men', 1],
    ['neither', 'niether', 1],
    ['', 'abc', 3],
    ['kitten', 'sitting', 3],
  ])('from %j to %j is %i', (a, b, slips) => {
    expect(editDistance(a, b)).toBe(slips);
    expect(editDistance(b, a)).toBe(slips);
  });

  test('is 0 for equal texts only and at most the longer length', () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        const slips = editDistance(a, b);
        expect(slips === 0).toBe(a === b);
        expect(slips).toBeLessThanOrEqual(Math.max(a.length, b.length));
        expect(slips).toBeGreaterThanOrEqual(Math.abs(a.length - b.length));
      }),
    );
  });
});

describe('the normal form', () => {
  test.each([
    ['  The   Man. ', 'the man'],
    ['yes .', 'yes '],
    ['Ｙｅｓ!?', 'yes'],
    ['Café', 'cafe\u0301'],
    ['ΟΔΟΣ', 'οδος'],
    ['İ', 'i\u0307'],
    ['a\x1fb\x85c\ufeffd', 'a b c\ufeffd'],
  ])('of %j is %j', (written, normal) => {
    expect(normaliseAnswer(written)).toBe(normal);
  });

  test.each([
    ['yes . .', 'yes'],
    ['"The man."', 'the man'],
    ['**The man**.', 'the man'],
    ["'90s music", "'90s music"],
    ['""', '""'],
  ])('stripped of %j is %j', (written, form) => {
    expect(strippedForm(written)).toBe(form);
  });

  test('megabytes of punctuation take no time to speak of', () => {
    expect(normaliseAnswer(`${'.'.repeat(5_000_000)}x`)).toHaveLength(5_000_001);
  });
});
