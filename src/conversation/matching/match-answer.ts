import {roundHalfEven} from '../../core/rounding.ts';
import type {Choice} from '../../questions/question.ts';
import type {MatchDetail} from '../../record/formats.ts';
import {findByTier, type Finding} from './answer-tiers.ts';
import type {LabelStyle} from './labels.ts';
import {normaliseAnswer} from './normal-form.ts';
import {sequenceRatio} from './similarity.ts';

/** `reference` reproduces the older system, its wrong selections included; `default` is right. */
export type MatchMode = 'default' | 'reference';

/** An answer with the label of one choice, or of none, and the words of another. */
export type Contradiction = Extract<Finding, {kind: 'contradiction'}>;

export interface AnswerMatch {
  readonly accepted: boolean;
  readonly matchedId: string | null;
  readonly matchedText: string | null;
  readonly contradiction: Contradiction | null;
  /** Every choice with its score, best first. Computed when asked for: only debug records and refusals need it. */
  readonly details: () => MatchDetail[];
}

/**
 * Finds the choice that an answer names.
 *
 * Default: strict tiers (`findByTier`). An ambiguous answer is not accepted: it is asked again rather than guessed.
 *
 * Reference: all choices compete on one scale in which equality after normalisation counts 0.95 and a fuzzy score may
 * count more, so that "the african american woman" can become "The African American man".
 *
 * @param threshold 0…1: the least similarity at which a fuzzy match counts.
 * @param shown the labels that the prompt gave the choices.
 */
export function matchAnswer(
  answer: string,
  choices: readonly Choice[],
  threshold: number,
  mode: MatchMode,
  shown: LabelStyle = 'none',
): AnswerMatch {
  const details = lazily(() => scoreChoices(answer, choices, threshold));
  const found = mode === 'reference' ? null : findByTier(answer, choices, threshold, shown);
  const named = found?.kind === 'choice' ? found.choice : undefined;
  const choice = found === null ? bestScored(details(), threshold) : named;
  return {
    accepted: choice !== undefined,
    matchedId: choice?.id ?? null,
    matchedText: choice?.text ?? null,
    contradiction: found?.kind === 'contradiction' ? found : null,
    details,
  };
}

function bestScored(details: readonly MatchDetail[], threshold: number): MatchDetail | undefined {
  const best = details[0];
  return best && best.match_score >= threshold ? best : undefined;
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
  // The score of an answer hundreds of times as long as the choice rounds to 0; computing it could take seconds.
  const bound = lengthBound(normalised, choice);
  if (bound < Math.min(0.005, threshold)) return {match_score: 0, match_type: 'below_threshold'};
  const ratio = sequenceRatio(normalised, choice);
  return {match_score: roundHalfEven(ratio, 2), match_type: ratio >= threshold ? 'fuzzy' : 'below_threshold'};
}

/**
 * Returns a bound of the similarity: as if the answer contained all of the choice. A code point has one or two UTF-16
 * units.
 */
function lengthBound(answer: string, choice: string): number {
  return (2 * choice.length) / (answer.length / 2 + choice.length / 2);
}

function lazily<T>(compute: () => T): () => T {
  let value: T | undefined;
  return () => (value ??= compute());
}
