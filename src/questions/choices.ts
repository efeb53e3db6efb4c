import type {Choice, Question} from './question.ts';

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
