import {messageOf, UserError} from '../core/errors.ts';

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

/** 0 → A, 1 → B, … */
export function letterOf(index: number): string {
  return String.fromCharCode(65 + index);
}

/** One object of a JSONL text: `line` from 1, `index` from 0 with blank lines counted, as the older system numbers rows without ids. */
export interface JsonLine {
  readonly value: Readonly<Record<string, unknown>>;
  readonly line: number;
  readonly index: number;
}

/** @throws UserError `raw-data-invalid` at the first line that is not a JSON object: raw data are not ours to mend. */
export function parseJsonLines(text: string): JsonLine[] {
  const rows: JsonLine[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '') continue;
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch (error) {
      throw new UserError('raw-data-invalid', `line ${index + 1}: not JSON: ${messageOf(error)}`, {cause: error});
    }
    if (value === null || typeof value !== 'object' || Array.isArray(value)) {
      throw new UserError('raw-data-invalid', `line ${index + 1}: expected a JSON object`);
    }
    rows.push({value: value as Record<string, unknown>, line: index + 1, index});
  }
  return rows;
}
