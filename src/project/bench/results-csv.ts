import type {Cell} from '../../analyze/tables/table.ts';
import {csvLine} from '../../analyze/tables/row-sink.ts';
import {type JobRow, RESULT_COLUMNS} from './job-row.ts';

/** Renders `results.csv`: one row for each job that ran, however often it was resumed. */
export function renderResults(rows: readonly JobRow[]): string {
  const lines = rows.map(row => csvLine(RESULT_COLUMNS.map(column => toCell(row[column]))));
  return [csvLine([...RESULT_COLUMNS]), ...lines].join('');
}

function toCell(value: unknown): Cell {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  return JSON.stringify(value);
}
