import type {Choice, Question} from './question.ts';

/** Whether a question is answered by choosing; the type defaults to `multiple_choice`. */
export function isChoiceQuestion({question_type: type}: {readonly question_type?: unknown}): boolean {
  return type === undefined || type === null || type === 'multiple_choice' || type === 'binary';
}

/** Choices that may be shown and chosen: their ids are capital letters only (several, and accented ones, count). */
export function validChoices(question: Pick<Question, 'choices'>): readonly Choice[] {
  // Data may lack the list where the question type has none.
  return ((question.choices as readonly Choice[] | undefined) ?? []).filter(({id}) => isCapitalLetters(id));
}

/** Python's `isalpha() and isupper()`: letters only, at least one of them cased, none lower case. */
function isCapitalLetters(id: string): boolean {
  return /^\p{L}+$/u.test(id) && /[\p{Lu}\p{Lt}]/u.test(id) && !/[\p{Ll}\p{Lt}]/u.test(id);
}
