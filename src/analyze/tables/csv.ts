import type {Cell} from './column.ts';

/** Matches texts that spreadsheets take for a formula. */
const FORMULA = /^[=+\-@\t\r\n]/;

/** Texts that begin like a formula and are none. */
const PLAIN_NUMBER = /^[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

const NEEDS_QUOTES = /[",\r\n]|^\s|\s$|^$/;

/**
 * A line of CSV as RFC 4180 has it, ended by a newline: null is nothing, an empty text `""`, flags are `TRUE` and
 * `FALSE`. A text that a spreadsheet would take for a formula (it begins with `=`, `+`, `-`, `@`, a tab or a line end,
 * and is no plain number) gets an apostrophe in front.
 */
export function csvLine(row: readonly Cell[]): string {
  return `${row.map(csvCell).join(',')}\n`;
}

function csvCell(cell: Cell): string {
  if (cell === null) return '';
  // R knows flags by capitals only; everybody else does too.
  if (typeof cell === 'boolean') return cell ? 'TRUE' : 'FALSE';
  if (typeof cell === 'number') return String(cell);
  const text = FORMULA.test(cell) && !PLAIN_NUMBER.test(cell) ? `'${cell}` : cell;
  return NEEDS_QUOTES.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
