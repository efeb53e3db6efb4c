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
