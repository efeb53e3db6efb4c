import type {Choice} from '../questions/question.ts';
import {editDistance} from './edit-distance.ts';
import {strippedForm} from './normalise-answer.ts';
import {ratioUpperBound, sequenceRatio} from './similarity.ts';

/**
 * How much nearer than any other choice the best one must be: at least this many slips of the pen fewer, and at most half as many. Ratios do not do: of
 * "men" and "women", the ratio takes "wen" for "women". With two, an answer that is up to two slips away from a choice can never select another one,
 * for that one would have to be nought slips away.
 */
const MARGIN_IN_SLIPS = 2;

/** An answer longer than this and than four times the longest choice is none of them; normalising it would cost more than asking again. */
const LONGEST_ANSWER = 10_000;

/**
 * The choice that an answer names, by the first tier that knows: the same text; the same after normalisation; the same behind a list mark, or behind a
 * label that agrees with the choice's position ("B. Yes" for the second); else similar enough, much nearer than the others, with the same numbers and the
 * same negation. Undefined when no tier knows, or more than one choice fits. A label alone ("B") names nothing: it may be a word of the answer.
 *
 * @param threshold 0…1: the least similarity (difflib's ratio) for the last tier.
 */
export function findByTier(answer: string, choices: readonly Choice[], threshold: number): Choice | undefined {
  const exact = choices.find(({text}) => text === answer);
  if (exact) return exact;
  const longest = Math.max(0, ...choices.map(({text}) => text.length));
  if (answer.length > Math.max(LONGEST_ANSWER, 4 * longest)) return undefined;
  const forms = choices.map(({text}) => strippedForm(text));
  const form = strippedForm(answer);
  if (forms.includes(form)) return choices[onlyIndexOf(forms, form)];
  const labelled = splitLabel(answer, choices.length);
  if (!labelled) return choices[closest(form, forms, threshold)];
  const index = forms.includes(labelled.form)
    ? onlyIndexOf(forms, labelled.form)
    : closest(labelled.form, forms, threshold);
  return labelled.positions.includes(index) ? choices[index] : undefined;
}

/** Two choices that differ in case or accents only cannot be told apart by an answer that is neither of them exactly: -1. */
function onlyIndexOf(forms: readonly string[], form: string): number {
  const index = forms.indexOf(form);
  return forms.includes(form, index + 1) ? -1 : index;
}

const ROMAN = ['i', 'ii', 'iii', 'iv', 'v', 'vi', 'vii', 'viii', 'ix', 'x'];

/** What stands behind a bullet or a label as the prompts show them, and the positions that it may mean. */
function splitLabel(answer: string, count: number): {form: string; positions: readonly number[]} | undefined {
  const all = Array.from({length: count}, (_, position) => position);
  const bullet = /^\s*[-•*]\s+(?=\S)/.exec(answer);
  if (bullet) return {form: strippedForm(answer.slice(bullet[0].length)), positions: all};
  const label = /^\s*\(?([a-z]{1,4}|\d{1,2})[).:]\s+(?=\S)/i.exec(answer);
  const mark = label?.[1]?.toLowerCase();
  if (label === null || mark === undefined) return undefined;
  const positions = all.filter(
    position =>
      mark === String.fromCharCode(97 + position) || mark === String(position + 1) || mark === ROMAN[position],
  );
  return positions.length > 0 ? {form: strippedForm(answer.slice(label[0].length)), positions} : undefined;
}

/** The index of the form that is similar enough, says the same, and has no rival; else -1. */
function closest(form: string, forms: readonly string[], threshold: number): number {
  if (form === '') return -1;
  // The bound is far cheaper than the ratio and never below it.
  const ratios = forms.map(other => (ratioUpperBound(form, other) < threshold ? 0 : sequenceRatio(form, other)));
  const best = Math.max(...ratios);
  const index = ratios.indexOf(best);
  const match = forms[index];
  if (match === undefined || best === 0 || best < threshold || numbersIn(form) !== numbersIn(match)) return -1;
  const slips = editDistance(form, match);
  // One slip can hide a negation ("canot") but not put one in or take one out.
  if (slips > 1 && NEGATION.test(form) !== NEGATION.test(match)) return -1;
  const least = Math.max(slips + MARGIN_IN_SLIPS, 2 * slips);
  return forms.every((other, i) => i === index || isFurtherThan(least, form, other)) ? index : -1;
}

function isFurtherThan(least: number, a: string, b: string): boolean {
  return Math.abs(a.length - b.length) >= least || editDistance(a, b) >= least;
}

const NEGATION =
  /\b(?:not|no|never|neither|nor|none|nobody|nothing|without|cannot|cant|dont|doesnt|didnt|isnt|arent|wasnt|wont)\b|n['’]t\b/;

/** Numbers are no misspellings of each other: "the 20-year-old" is not "the 70-year-old", however alike. */
function numbersIn(text: string): string {
  return (text.match(/\d+/g) ?? []).join(' ');
}
