import {expect} from 'vitest';

import {normaliseAnswer} from '../../src/conversation/matching/normal-form.ts';
import {sequenceRatio} from '../../src/conversation/matching/similarity.ts';
import {goldenSuite} from '../support/golden.ts';
import {ratioUpperBound} from '../support/ratio-upper-bound.ts';

goldenSuite('similarity.json', {
  mode: 'reference',
  check: ({input: {text1, text2}, expected}) => {
    expect(normaliseAnswer(text1)).toBe(expected.norm1);
    expect(normaliseAnswer(text2)).toBe(expected.norm2);
    expect(sequenceRatio(expected.norm1, expected.norm2)).toBeCloseTo(expected.ratio, 12);
    expect(ratioUpperBound(expected.norm1, expected.norm2)).toBeGreaterThanOrEqual(expected.ratio - 1e-12);
  },
});
