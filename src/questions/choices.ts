import type {Choice, Question} from './question.ts';

/** Whether a question is answered by choosing; the type defaults to `multiple_choice`. */
export function isChoiceQuestion({question_type: type}: {readonly question_type?: unknown}): boolean {
  return type === undefined || type === null || type === 'multiple_choice' || type === 'binary';
}

/** Choices that may be shown and chosen: their ids are capital letters only (several, and accented ones, count). */
export function validChoices(question: Pick<Question, 'choices'>): readonly Choice[] {
  return question.choices.filter(({id}) => isCapitalLetters(id));
}

/** Python's `isalpha() and isupper()`: letters only, at least one of them cased, none lower case. */
function isCapitalLetters(id: string): boolean {
  return /^\p{L}+$/u.test(id) && /\p{Uppercase}/u.test(id) && !/[\p{Lowercase}\p{Lt}]/u.test(id);
}
