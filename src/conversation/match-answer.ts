import {roundHalfEven} from '../core/rounding.ts';
import type {Choice} from '../questions/question.ts';
import type {MatchDetail} from '../record/formats.ts';
import {pythonWords} from './python-space.ts';
import {ratioUpperBound, sequenceRatio} from './similarity.ts';

/** `reference` reproduces the older system, its wrong selections included; `default` is right. */
export type MatchMode = 'default' | 'reference';

export interface AnswerMatch {
  readonly accepted: boolean;
  readonly matchedId: string | null;
  readonly matchedText: string | null;
  /** Every choice with its score, best first. Computed when asked for: only debug records need it. */
  readonly details: () => MatchDetail[];
}

/**
 * The form in which answers are compared: NFKD, lower case, single spaces, no punctuation at the end. (After removing it a space may stay, as in
 * the older system: "yes ." → "yes ".)
 */
export function normaliseAnswer(text: string): string {
  const folded = lowerCase(text.normalize('NFKD'));
  return pythonWords(folded)
    .join(' ')
    .replace(/[.,!?;:]+$/, '');
}

/** Lower case as Python's: "İ" keeps its dot as a combining mark, final sigma included; both languages follow Unicode's SpecialCasing. */
function lowerCase(text: string): string {
  return text.toLowerCase();
}

/** How far the best fuzzy match must be ahead of the runner-up before it counts. One letter can flip a group ("man", "woman"). */
const FUZZY_MARGIN = 0.05;

/**
 * Finds the choice that an answer names.
 *
 * Default: strict tiers. An exact match wins; else a match after normalisation, if only one choice has it; else the best fuzzy score, if it reaches the
 * threshold and leads by a margin. An ambiguous answer is not accepted: it is asked again rather than guessed.
 *
 * Reference: all choices compete on one scale in which equality after normalisation counts 0.95 and a fuzzy score may count more, so that "the african
 * american woman" can become "The African American man".
 *
 * @param threshold 0…1.
 */
export function matchAnswer(
  answer: string,
  choices: readonly Choice[],
  threshold: number,
  mode: MatchMode,
): AnswerMatch {
  const details = lazily(() => scoreChoices(answer, choices, threshold));
  const choice = mode === 'reference' ? bestScored(details(), threshold) : bestByTier(answer, choices, threshold);
  return {
    accepted: choice !== undefined,
    matchedId: choice?.id ?? null,
    matchedText: choice?.text ?? null,
    details,
  };
}

function bestScored(details: readonly MatchDetail[], threshold: number): MatchDetail | undefined {
  const best = details[0];
  return best && best.match_score >= threshold ? best : undefined;
}

function bestByTier(answer: string, choices: readonly Choice[], threshold: number): Choice | undefined {
  const exact = choices.find(({text}) => text === answer);
  if (exact) return exact;
  const normalised = trimmedForm(answer);
  const equal = choices.filter(({text}) => trimmedForm(text) === normalised);
  // Two choices that differ in case or accents only cannot be told apart by an answer that matches neither exactly.
  if (equal.length > 0) return equal.length === 1 ? equal[0] : undefined;
  return bestFuzzy(normalised, choices, threshold);
}

function trimmedForm(text: string): string {
  return normaliseAnswer(text).trim();
}

function bestFuzzy(normalised: string, choices: readonly Choice[], threshold: number): Choice | undefined {
  if (normalised === '') return undefined;
  let best: {choice: Choice; ratio: number} | undefined;
  let second = 0;
  for (const choice of choices) {
    const text = trimmedForm(choice.text);
    // Far cheaper than the ratio itself and never below it; keeps an answer of megabytes from costing minutes.
    if (ratioUpperBound(normalised, text) < threshold - FUZZY_MARGIN) continue;
    const ratio = sequenceRatio(normalised, text);
    if (!best || ratio > best.ratio) {
      second = best?.ratio ?? 0;
      best = {choice, ratio};
    } else {
      second = Math.max(second, ratio);
    }
  }
  return best && best.ratio >= threshold && best.ratio - second >= FUZZY_MARGIN ? best.choice : undefined;
}

const EQUAL_AFTER_NORMALISATION = 0.95;

function scoreChoices(answer: string, choices: readonly Choice[], threshold: number): MatchDetail[] {
  const normalised = normaliseAnswer(answer);
  return choices
    .map(({id, text}) => ({text, id, ...scoreChoice(answer, normalised, text, threshold)}))
    .sort((a, b) => b.match_score - a.match_score);
}

function scoreChoice(
  answer: string,
  normalised: string,
  text: string,
  threshold: number,
): Pick<MatchDetail, 'match_score' | 'match_type'> {
  if (answer === text) return {match_score: 1, match_type: 'exact'};
  const choice = normaliseAnswer(text);
  if (normalised === choice) return {match_score: EQUAL_AFTER_NORMALISATION, match_type: 'case_insensitive'};
  const ratio = sequenceRatio(normalised, choice);
  return {match_score: roundHalfEven(ratio, 2), match_type: ratio >= threshold ? 'fuzzy' : 'below_threshold'};
}

function lazily<T>(compute: () => T): () => T {
  let value: T | undefined;
  return () => (value ??= compute());
}
