import type {Cell, Column} from './table.ts';

/** Takes the rows of one table one by one. */
export interface RowSink {
  /** @returns a promise when the next row has to wait. */
  write(row: readonly Cell[]): Promise<void> | undefined;
}

/** A text format for rows. */
export interface TextFormat {
  /** Returns the text before the first row. */
  readonly head: (columns: readonly Pick<Column, 'name'>[]) => string;
  readonly line: (columns: readonly Pick<Column, 'name'>[], row: readonly Cell[]) => string;
}

export const TEXT_FORMATS: Readonly<Record<'csv' | 'jsonl', TextFormat>> = {
  csv: {head: columns => csvLine(columns.map(({name}) => name)), line: (_columns, row) => csvLine(row)},
  jsonl: {
    head: () => '',
    line: (columns, row) => `${JSON.stringify(Object.fromEntries(columns.map(({name}, i) => [name, row[i]])))}\n`,
  },
};

/** Number of characters gathered before they are passed on. */
const PIECE_CHARACTERS = 64 * 1024;

/** Rows as text, handed on in pieces. */
export class TextSink implements RowSink {
  readonly #columns: readonly Pick<Column, 'name'>[];
  readonly #format: TextFormat;
  readonly #take: (text: string) => Promise<void>;
  #text: string;

  constructor(
    columns: readonly Pick<Column, 'name'>[],
    format: TextFormat,
    /** May be slow: nothing more comes before it is done. */
    take: (text: string) => Promise<void>,
  ) {
    this.#columns = columns;
    this.#format = format;
    this.#take = take;
    this.#text = format.head(columns);
  }

  write(row: readonly Cell[]): Promise<void> | undefined {
    this.#text += this.#format.line(this.#columns, row);
    return this.#text.length < PIECE_CHARACTERS ? undefined : this.flush();
  }

  /** To be called once after the last row. */
  async flush(): Promise<void> {
    const text = this.#text;
    this.#text = '';
    await this.#take(text);
  }
}

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
