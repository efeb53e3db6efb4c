import {seededRandom} from '../core/seeds/random.ts';
import {shuffle} from '../core/seeds/shuffle.ts';
import type {ChoiceOrder} from '../core/task-config.ts';

/** One answer option. `id` is a letter for options that are shown; others are kept but not shown. */
export interface Choice {
  readonly id: string;
  readonly text: string;
}

/** One row of a question file: the unified format of all benchmarks (schema 2025-12-10, docs/formats.md). */
export interface Question {
  readonly question_id: string;
  readonly source_dataset: string;
  readonly source_id: string;
  readonly question_type: 'multiple_choice' | 'binary' | (string & {});
  readonly context?: string | null;
  readonly question: string;
  readonly choices: readonly Choice[];
  readonly correct_answer_id: string | null;
  readonly source_metadata?: Readonly<Record<string, unknown>>;
  readonly schema_version: string;
}

/** Returns whether a question is answered by choosing; the type defaults to `multiple_choice`. */
export function isChoiceQuestion({question_type: type}: {readonly question_type?: unknown}): boolean {
  return type === undefined || type === null || type === 'multiple_choice' || type === 'binary';
}

/**
 * Returns the choices that the older system showed: their ids are capital letters only (several, and accented ones,
 * count).
 */
export function referenceChoices(question: Pick<Question, 'choices'>): readonly Choice[] {
  return question.choices.filter(({id}) => isCapitalLetters(id));
}

/**
 * Returns a question as it is asked: with all its choices, whatever their ids; under `compatibility: reference` with
 * those that the older system showed.
 */
export function toAskedQuestion(question: Question, compatibility: 'default' | 'reference' = 'default'): Question {
  return compatibility === 'reference' && Array.isArray(question.choices)
    ? {...question, choices: referenceChoices(question)}
    : question;
}

/** Follows Python's `isalpha() and isupper()`: letters only, at least one of them cased, none lower case. */
function isCapitalLetters(id: string): boolean {
  return /^\p{L}+$/u.test(id) && /\p{Uppercase}/u.test(id) && !/[\p{Lowercase}\p{Lt}]/u.test(id);
}

/** Returns `source_metadata`; empty where a question has none. */
export function sourceMetadata(question: Question): Readonly<Record<string, unknown>> {
  return question.source_metadata ?? {};
}

/** Returns `source_metadata.additional_metadata`; empty where a question has none. */
export function additionalMetadata(question: Question): Readonly<Record<string, unknown>> {
  const additional = sourceMetadata(question)['additional_metadata'];
  return additional !== null && typeof additional === 'object' ? (additional as Readonly<Record<string, unknown>>) : {};
}

/** Renders metadata as text: a number and its decimal writing mean the same group. */
export function metadataText(value: unknown): string {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}

/** The order in which choices are shown. */
export interface ChoiceOrdering {
  readonly order: ChoiceOrder;
  /** Decides a shuffled order, with the question's id; the same for all agents and rounds. */
  readonly seed: number;
  /** From 1: every repetition rotates counterbalanced choices one place further. */
  readonly repetition: number;
}

/**
 * Returns the questions of a file with their choices in the order in which they are shown; ids and texts stay.
 * `counterbalanced` rotates: of the questions of the file that show equally many choices, the i-th (from 0) begins i
 * places later, so that over n of them every choice of the file has been in every place once. The question's place in
 * the file decides, so neither `--limit` nor a resumption changes it.
 */
export function orderChoices(questions: readonly Question[], ordering: ChoiceOrdering): readonly Question[] {
  if (ordering.order === 'fixed') return questions;
  const seen = new Map<number, number>();
  return questions.map(question => {
    const shown = question.choices;
    const rank = seen.get(shown.length) ?? 0;
    seen.set(shown.length, rank + 1);
    const ordered =
      ordering.order === 'shuffled'
        ? shuffle(shown, seededRandom(`choices/${ordering.seed}/${question.question_id}`))
        : rotate(shown, rank + ordering.repetition - 1);
    return {...question, choices: ordered};
  });
}

function rotate(choices: readonly Choice[], places: number): readonly Choice[] {
  if (choices.length === 0) return choices;
  const start = places % choices.length;
  return [...choices.slice(start), ...choices.slice(0, start)];
}
