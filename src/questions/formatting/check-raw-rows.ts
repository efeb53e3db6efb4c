import {readJsonLines, type RawProblem} from './formatted-row.ts';

/** The shape of one data set's rows; the formatters themselves take as much as the older system's did. */
export interface RawShape {
  /** Keys whose values must be texts that are not empty. */
  readonly texts: readonly string[];
  /** Keys whose values must be texts, if they are there and not null. */
  readonly optionalTexts: readonly string[];
  /** The number of the right one among so many answers; may be absent or null. */
  readonly label?: {readonly key: string; readonly answers: number};
}

export const BBQ_SHAPE: RawShape = {
  texts: ['question', 'ans0', 'ans1', 'ans2'],
  optionalTexts: ['context'],
  label: {key: 'label', answers: 3},
};
export const DISCRIM_EVAL_SHAPE: RawShape = {texts: ['filled_template'], optionalTexts: ['context']};

/**
 * Finds what makes a file another one than the data set's raw file: rows that lack its fields, rows of the unified
 * format, or no rows at all. Looser input would come out as questions without an answer to choose.
 */
export function checkRawRows(text: string, shape: RawShape): RawProblem[] {
  const {rows, problems} = readJsonLines(text);
  if (problems.length > 0) return problems;
  if (rows.length === 0) return [{line: 1, message: 'found no rows, expected one JSON object a line'}];
  const unified = rows.find(({value}) => isUnified(value));
  if (unified) {
    const message = 'found a question of the unified format, expected a raw row: this file needs no conversion';
    return [{line: unified.line, message}];
  }
  return rows.flatMap(({value, line}) => checkRow(value, shape).map(message => ({line, message})));
}

function isUnified(row: Readonly<Record<string, unknown>>): boolean {
  return 'question_id' in row && 'source_dataset' in row && Array.isArray(row['choices']);
}

function checkRow(row: Readonly<Record<string, unknown>>, {texts, optionalTexts, label}: RawShape): string[] {
  const missing = texts.filter(key => !(key in row));
  if (missing.length > 0) {
    const keys = Object.keys(row);
    const found = keys.length === 0 ? 'none' : keys.slice(0, 8).join(', ') + (keys.length > 8 ? ', …' : '');
    return [`found the keys ${found}, expected also ${missing.join(', ')}`];
  }
  const problems: string[] = [];
  for (const key of texts) {
    const value = row[key];
    if (typeof value !== 'string' || value.trim() === '') problems.push(complain(key, value, 'a text'));
  }
  for (const key of optionalTexts) {
    const value = row[key] ?? '';
    if (typeof value !== 'string') problems.push(complain(key, value, 'a text or null'));
  }
  const number = label && (row[label.key] ?? null);
  if (label && number !== null && !isBelow(number, label.answers)) {
    problems.push(complain(label.key, number, `a whole number from 0 to ${label.answers - 1}`));
  }
  return problems;
}

function isBelow(value: unknown, limit: number): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < limit;
}

function complain(key: string, value: unknown, expected: string): string {
  const text = JSON.stringify(value);
  return `${key}: found ${text.length > 60 ? `${text.slice(0, 57)}…` : text}, expected ${expected}`;
}
