import {expect} from 'vitest';

import {matchAnswer, normaliseAnswer} from '../../src/conversation/match-answer.ts';
import {sequenceRatio} from '../../src/conversation/similarity.ts';
import {goldenSuite, type GoldenVector} from '../support/golden.ts';

/** Answers that are no text are the transform's business (transform.json); the matcher's type does not let them in. */
function isText({input}: GoldenVector): boolean {
  return typeof input.answer === 'string';
}

goldenSuite('answer-match.json', {
  mode: 'reference',
  check: vector => {
    const {input, expected} = vector;
    if (!isText(vector)) {
      expect(expected.error).toBeDefined();
      return;
    }
    const match = matchAnswer(input.answer, input.choices, input.threshold, 'reference');
    expect(match.details()).toEqual(expected.match_details);
    expect(match.accepted).toBe(expected.accepted);
    expect(match.matchedId).toBe(expected.matched_id);
    expect(match.matchedText).toBe(expected.matched_text);
  },
});

const EQUAL_WINS = 'a choice equal after normalisation wins over a higher fuzzy score of another choice';
const ANY_THRESHOLD = 'equality after normalisation is accepted whatever the threshold';
const ROUNDED_UP = 'a score that reaches the threshold only by rounding is not accepted';
const ROUNDED_DOWN = 'a score that reaches the threshold before it is rounded down is accepted';
const TOO_CLOSE = 'a fuzzy match is not accepted when another choice is almost as close';

function answerOf({input}: GoldenVector) {
  return matchAnswer(input.answer, input.choices, input.threshold, 'default');
}

function reasonOf(vector: GoldenVector): string | undefined {
  if (!isText(vector)) return undefined;
  const {expected} = vector;
  const ours = answerOf(vector);
  if (ours.accepted === expected.accepted && ours.matchedText === expected.matched_text) return undefined;
  if (ours.accepted) {
    if (expected.accepted) return EQUAL_WINS;
    return expected.match_details[0].match_type === 'fuzzy' ? ROUNDED_DOWN : ANY_THRESHOLD;
  }
  return expected.match_details[0].match_type === 'below_threshold' ? ROUNDED_UP : TOO_CLOSE;
}

goldenSuite('answer-match.json', {
  mode: 'default',
  decision: reasonOf,
  check: vector => {
    if (!isText(vector)) expect(vector.expected.error).toBeDefined();
    else expect(answerOf(vector).matchedText).toBe(vector.expected.matched_text);
  },
  checkDecision: (vector, reason) => {
    const {input, expected} = vector;
    const form = (text: string): string => normaliseAnswer(text).trim();
    const ratios = input.choices.map(({text}: {text: string}) => sequenceRatio(form(input.answer), form(text)));
    const [best, second] = [...ratios].sort((a: number, b: number) => b - a);
    switch (reason) {
      case EQUAL_WINS:
      case ANY_THRESHOLD:
        expect(form(answerOf(vector).matchedText ?? '')).toBe(form(input.answer));
        break;
      case ROUNDED_DOWN:
        expect(best).toBeGreaterThanOrEqual(input.threshold);
        break;
      case ROUNDED_UP:
        expect(best).toBeLessThan(input.threshold);
        break;
      default:
        expect(expected.accepted).toBe(true);
        expect(best - second).toBeLessThan(0.05);
    }
  },
});
