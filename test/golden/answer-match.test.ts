import {expect} from 'vitest';

import {matchAnswer} from '../../src/conversation/matching/match-answer.ts';
import {normaliseAnswer} from '../../src/conversation/matching/normal-form.ts';
import {editDistance, sequenceRatio} from '../../src/conversation/matching/similarity.ts';
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
const MARKS = 'quotation marks around the answer, and a label that agrees with the position, are no part of it';
const ROUNDED_DOWN = 'a score that reaches the threshold before it is rounded down is accepted';
const ROUNDED_UP = 'a score that reaches the threshold only by rounding is not accepted';
const NOTHING_SAID = 'an answer without any text names no choice, even with a threshold of 0';
const TWICE_EQUAL = 'an answer equal to two choices after normalisation names neither';
const LABEL_DISAGREES = 'a label that belongs to another choice makes the answer ambiguous';
const MEANS_ELSE = 'a fuzzy match with other numbers or another negation is not accepted';
const TOO_CLOSE = 'a fuzzy match is not accepted when another choice is almost as close';
const OTHER_WORDS = 'a fuzzy match is not accepted when more than a slip of the pen separates a word from the choice’s';
const AROUND = 'an article, "The answer is" and a reason ("because …") around a choice are no part of it';
const OTHER_UNKNOWN = 'another way to say that nothing can be said names the only choice that says so';

function answerOf({input}: GoldenVector) {
  return matchAnswer(input.answer, input.choices, input.threshold, 'default');
}

const form = (text: string): string => normaliseAnswer(text).trim();

/** Similarities to the choices, not rounded, best first. */
function ratiosOf({input}: GoldenVector): number[] {
  const ratios: number[] = input.choices.map((choice: any) => sequenceRatio(form(input.answer), form(choice.text)));
  return ratios.sort((a, b) => b - a);
}

/** The index that a label in front of the answer stands for, if there is one. */
function labelled(answer: string): number | undefined {
  const letter = /^\(?([A-J])[).:] /.exec(answer)?.[1];
  return letter === undefined ? undefined : letter.charCodeAt(0) - 65;
}

const DENIALS = /\b(?:no|not|neither|cannot|none)\b|n['’]t\b/;

function meansElse(vector: GoldenVector): boolean {
  const [answer, choice] = [form(vector.input.answer), form(vector.expected.matched_text)];
  const numbers = (text: string): string => String(text.match(/\d+/g));
  return DENIALS.test(answer) !== DENIALS.test(choice) || numbers(answer) !== numbers(choice);
}

/** Names the rule by the facts of the vector; `checkDecision` asserts that they are as the rule says. */
function reasonOf(vector: GoldenVector): string | undefined {
  if (!isText(vector)) return undefined;
  const {input, expected} = vector;
  const ours = answerOf(vector);
  if (ours.accepted === expected.accepted && ours.matchedText === expected.matched_text) return undefined;
  if (ours.accepted && expected.accepted) return EQUAL_WINS;
  if (ours.accepted) {
    if (form(ours.matchedText ?? '') === form(input.answer)) return ANY_THRESHOLD;
    if ((ratiosOf(vector)[0] ?? 0) >= input.threshold && areAlike(input.answer, ours.matchedText)) return ROUNDED_DOWN;
    if (isMarked(input.answer)) return MARKS;
    return namesUnknown(input.answer) && namesUnknown(ours.matchedText ?? '') ? OTHER_UNKNOWN : AROUND;
  }
  if (input.answer.trim() === '') return NOTHING_SAID;
  if (input.choices.filter((choice: any) => form(choice.text) === form(input.answer)).length > 1) return TWICE_EQUAL;
  if ((ratiosOf(vector)[0] ?? 0) < input.threshold) return ROUNDED_UP;
  if (labelled(input.answer) !== undefined) return LABEL_DISAGREES;
  if (meansElse(vector)) return MEANS_ELSE;
  return isTooClose(vector) ? TOO_CLOSE : OTHER_WORDS;
}

/** Returns whether two texts differ by at most two edits. */
const areAlike = (a: string, b: string | null): boolean => editDistance(form(a), form(b ?? '')) <= 2;

const isMarked = (answer: string): boolean => labelled(answer) !== undefined || /^\s*["'].*["'][.!?]*\s*$/.test(answer);

const namesUnknown = (text: string): boolean =>
  /^(?:unanswerable|unknown|undetermined|not enough info(?:rmation)?|can['’]t be determined|cannot be determined)$/.test(
    form(text),
  );

function isTooClose({input}: GoldenVector): boolean {
  const slips = input.choices.map((choice: any) => editDistance(form(input.answer), form(choice.text)));
  const [best, second] = slips.sort((a: number, b: number) => a - b);
  // eslint-disable-next-line @typescript-eslint/restrict-plus-operands -- vectors are untyped
  return second < best + 2 || second < 2 * best;
}

const wordsOf = (text: string): string[] => form(text).match(/[\p{L}\p{N}]+/gu) ?? [];

/** The choice that the older system took differs from the answer in a word. */
function hasOtherWords({input, expected}: GoldenVector): boolean {
  return String(wordsOf(input.answer)) !== String(wordsOf(expected.matched_text));
}

/** The choice that is meant when it is taken literally what stands between the quotation marks or behind the label. */
function checkMarks({input}: GoldenVector, matchedText: string | null): void {
  const label = labelled(input.answer);
  if (label !== undefined) expect(matchedText).toBe(input.choices[label].text);
  const inside = input.answer.replace(/^\(?[A-J][).:] |^["']|["'][.!?]*$/g, '');
  expect(form(inside)).toBe(form(matchedText ?? ''));
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
    const {accepted, matchedText} = answerOf(vector);
    const acceptedReasons = [EQUAL_WINS, ANY_THRESHOLD, MARKS, ROUNDED_DOWN, AROUND, OTHER_UNKNOWN];
    expect(accepted).toBe(acceptedReasons.includes(reason));
    if (reason === EQUAL_WINS || reason === ANY_THRESHOLD) expect(form(matchedText ?? '')).toBe(form(input.answer));
    if (reason === MARKS) checkMarks(vector, matchedText);
    if (reason === ROUNDED_DOWN) expect(expected.match_details[0].match_score).toBeLessThan(input.threshold);
    if (reason === ROUNDED_UP) {
      expect(expected.match_details[0].match_score).toBeGreaterThanOrEqual(input.threshold);
    }
    if (reason === LABEL_DISAGREES) {
      const meant = input.choices[labelled(input.answer) ?? -1];
      expect(meant?.text).not.toBe(expected.matched_text);
    }
    if (reason === TOO_CLOSE) expect(isTooClose(vector)).toBe(true);
    if (reason === OTHER_WORDS) expect(hasOtherWords(vector)).toBe(true);
    if (reason === AROUND) expect(form(input.answer)).toContain(form(matchedText ?? '?'));
    if (reason === OTHER_UNKNOWN)
      expect(input.choices.filter((choice: any) => namesUnknown(choice.text))).toHaveLength(1);
  },
});
