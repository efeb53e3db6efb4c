import {errorMessage, UserError} from '../../core/errors.ts';

/** The version of the unified question format (docs/formats.md). */
export const SCHEMA_VERSION = '2025-12-10';

/** A row as a formatter writes it: the unified format, its texts still unchecked, because raw files hold surprises. */
export interface FormattedRow {
  readonly question_id: string;
  readonly source_dataset: string;
  readonly source_id: string;
  readonly question_type: 'multiple_choice';
  readonly context: unknown;
  readonly question: unknown;
  readonly choices: readonly {readonly id: string; readonly text: unknown}[];
  readonly correct_answer_id: string | null;
  readonly source_metadata: Readonly<Record<string, unknown>>;
  readonly schema_version: string;
}

/** Returns the letter of a position: 0 → A, 1 → B, … */
export function toLetter(index: number): string {
  return String.fromCharCode(65 + index);
}

/**
 * One object of a JSONL text: `line` from 1, `index` from 0 with blank lines counted, as the older system numbers rows
 * without ids.
 */
export interface JsonLine {
  readonly value: Readonly<Record<string, unknown>>;
  readonly line: number;
  readonly index: number;
}

/** A problem of a raw file. */
export interface RawProblem {
  /** From 1; absent where the file has no lines. */
  readonly line?: number;
  readonly message: string;
}

/** @throws UserError `raw-data-invalid` at the first line that is not a JSON object: raw data are not ours to mend. */
export function parseJsonLines(text: string): JsonLine[] {
  const {rows, problems} = readJsonLines(text);
  const [first] = problems;
  if (first) throw new UserError('raw-data-invalid', `line ${first.line ?? 1}: ${first.message}`);
  return rows;
}

/** Reads the rows of a JSONL text, and names every line that is none. */
export function readJsonLines(text: string): {rows: JsonLine[]; problems: RawProblem[]} {
  const rows: JsonLine[] = [];
  const problems: RawProblem[] = [];
  for (const [index, source] of text.split(/\r?\n/).entries()) {
    if (source.trim() === '') continue;
    const line = index + 1;
    try {
      const value: unknown = JSON.parse(source);
      const isObject = value !== null && typeof value === 'object' && !Array.isArray(value);
      if (isObject) rows.push({value: value as Record<string, unknown>, line, index});
      else problems.push({line, message: 'expected a JSON object'});
    } catch (error) {
      problems.push({line, message: `not JSON: ${errorMessage(error)}`});
    }
  }
  return {rows, problems};
}
