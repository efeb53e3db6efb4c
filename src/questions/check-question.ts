/** The question types for which the prompt lists choices. */
const CHOICE_TYPES = new Set(['multiple_choice', 'binary']);

/**
 * What keeps a value from being run as a question; an empty list when nothing does. Looser than the published schema (`mac data check` applies
 * that): unknown keys and question types pass, as they did in the older system.
 */
export function checkQuestion(value: unknown): string[] {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return ['expected a JSON object'];
  const row = value as Record<string, unknown>;
  const problems: string[] = [];
  if (typeof row['question_id'] !== 'string' || row['question_id'] === '') {
    problems.push('question_id: expected a non-empty string');
  }
  if (typeof row['question'] !== 'string') problems.push('question: expected a string');
  const context = row['context'];
  if (context !== undefined && context !== null && typeof context !== 'string') {
    problems.push('context: expected a string or null');
  }
  const type = row['question_type'];
  if (type !== undefined && typeof type !== 'string') problems.push('question_type: expected a string');
  problems.push(...checkChoices(row['choices'], typeof type !== 'string' || CHOICE_TYPES.has(type)));
  return problems;
}

function checkChoices(choices: unknown, needed: boolean): string[] {
  if (choices === undefined && !needed) return [];
  if (!Array.isArray(choices)) return ['choices: expected a list of {id, text}'];
  return choices.flatMap((choice: unknown, index) => {
    if (choice === null || typeof choice !== 'object') return [`choices[${index}]: expected {id, text}`];
    const {id, text} = choice as Record<string, unknown>;
    const problems: string[] = [];
    if (typeof id !== 'string') problems.push(`choices[${index}].id: expected a string`);
    if (typeof text !== 'string') problems.push(`choices[${index}].text: expected a string`);
    return problems;
  });
}
