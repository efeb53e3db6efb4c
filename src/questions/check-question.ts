import {isChoiceQuestion, referenceChoices, type Choice} from './question.ts';

type Row = Readonly<Record<string, unknown>>;

/** Problems and warnings of a row, as `field: …`; none when it is fine. */
export interface CheckedQuestion {
  /** Reasons why it cannot be run as a question. */
  readonly problems: readonly string[];
  /** Oddities that run, as in the older system, but are hardly meant. */
  readonly warnings: readonly string[];
}

/**
 * Checks what is needed to run a value as a question. Looser than the published schema (`mac data check` applies that):
 * unknown keys and types pass.
 */
export function checkQuestion(value: unknown): CheckedQuestion {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    return {problems: ['expected a JSON object'], warnings: []};
  }
  const row = value as Row;
  const problems = [...checkTexts(row), ...checkChoices(row)];
  return {problems, warnings: problems.length === 0 && isChoiceQuestion(row) ? findOddities(row) : []};
}

function checkTexts({question_id, question, context, question_type}: Row): string[] {
  const problems: string[] = [];
  if (!isFilled(question_id)) problems.push('question_id: expected a text that is not empty');
  if (!isFilled(question)) problems.push('question: expected a text that is not empty');
  if (context !== undefined && context !== null && typeof context !== 'string') {
    problems.push('context: expected a text or null');
  }
  if (question_type !== undefined && typeof question_type !== 'string') problems.push('question_type: expected a text');
  return problems;
}

function isFilled(value: unknown): boolean {
  return typeof value === 'string' && value.trim() !== '';
}

function checkChoices(row: Row): string[] {
  const {choices} = row;
  if (choices === undefined && !isChoiceQuestion(row)) return [];
  if (!Array.isArray(choices)) return ['choices: expected a list of {id, text}'];
  const seats = new Map<string, number>();
  return choices.flatMap((choice: unknown, index) => {
    if (choice === null || typeof choice !== 'object') return [`choices[${index}]: expected {id, text}`];
    const {id, text} = choice as Row;
    const problems: string[] = [];
    const earlier = typeof id === 'string' ? seats.get(id) : undefined;
    if (typeof id !== 'string') problems.push(`choices[${index}].id: expected a text`);
    else if (earlier !== undefined)
      problems.push(`choices[${index}].id: choices[${earlier}] has the id "${id}" already`);
    else seats.set(id, index);
    if (typeof text !== 'string') problems.push(`choices[${index}].text: expected a text`);
    return problems;
  });
}

/** Finds what the author of a question with choices would want to know; the choices are well-formed. */
function findOddities(row: Row): string[] {
  const choices = row['choices'] as readonly Choice[];
  if (choices.length === 0) return ['choices: there are none, so no answer can name one'];
  if (referenceChoices({choices}).length === 0) {
    return [
      'choices: none has an id of capital letters, so `compatibility: reference` shows none (without it all are shown)',
    ];
  }
  const warnings: string[] = [];
  for (const [i, {id, text}] of choices.entries()) {
    if (text.trim() === '') warnings.push(`choices: the text of ${id} is empty`);
    const earlier = choices.slice(0, i).find(other => other.text === text);
    if (earlier && text.trim() !== '') {
      warnings.push(`choices: ${earlier.id} and ${id} have the same text, so an answer cannot tell them apart`);
    }
  }
  const correct = row['correct_answer_id'] ?? null;
  if (!choices.some(({id}) => id === correct)) {
    const found =
      correct === null ? 'missing' : `${JSON.stringify(correct)} is none of ${choices.map(({id}) => id).join(', ')}`;
    warnings.push(`correct_answer_id: ${found}, so no answer can count as right`);
  }
  return warnings;
}
