import type {Measured} from './amounts.ts';

/** The values of cells by kind. */
interface Values {
  readonly text: string;
  /** A parameter's value; undefined where a task does not have it. */
  readonly level: string | undefined;
  /** A number in words, as `3 / 4`. */
  readonly number: string;
  readonly integer: number;
  readonly decimal: number | null;
  readonly probability: number | null;
  /** Undefined for an empty cell. */
  readonly measured: MeasuredValue | undefined;
  /** Null where it is not known what is missing. */
  readonly counted: {readonly there: number; readonly missing: number | null};
}

type Kind = keyof Values;

/** A measured number; footnotes name its metric by `id`. */
export interface MeasuredValue extends Measured {
  readonly id: string;
  /** Number of answers that it rests on, and of the clusters that they form. */
  readonly n?: number;
  readonly clusters?: number;
}

/** Writes the values of each kind, for a terminal or a page. `detail` goes below the value where there is room. */
export type CellWriter<Written> = {readonly [K in Kind]: (value: Values[K], detail: string) => Written};

/** A value of a row and column, to be written in either way. */
export type Cell = <Written>(writer: CellWriter<Written>) => Written;

interface Heading {
  readonly heading: string;
  readonly kind: Kind;
}

/** A column: its heading, and its cell in every row. */
export interface Column<Row> extends Heading {
  readonly toCell: (row: Row) => Cell;
}

/** A table before it is written as text or as a part of a page. */
export interface Table {
  readonly caption: string;
  readonly columns: readonly Heading[];
  readonly rows: readonly (readonly Cell[])[];
  /** Notes above the footnotes of cells, and below them. */
  readonly leadingNotes?: readonly string[];
  readonly notes?: readonly string[];
  /** False if the first column does not name its row. */
  readonly isNamed?: boolean;
}

/** Returns a table with a row for each item. */
export function tabulate<Item>(
  items: readonly Item[],
  columns: readonly Column<Item>[],
  about: Omit<Table, 'columns' | 'rows'>,
): Table {
  return {...about, columns, rows: items.map(item => columns.map(({toCell}) => toCell(item)))};
}

type Define<K extends Kind> = <Row>(
  heading: string,
  getValue: (row: Row) => Values[K],
  getDetail?: (row: Row) => string,
) => Column<Row>;

function definer<K extends Kind>(kind: K): Define<K> {
  return (heading, getValue, getDetail = () => '') => ({
    heading,
    kind,
    toCell: row => writer => writer[kind](getValue(row), getDetail(row)),
  });
}

export const text = definer('text');
export const level = definer('level');
export const number = definer('number');
export const integer = definer('integer');
export const decimal = definer('decimal');
export const probability = definer('probability');
export const measured = definer('measured');
export const counted = definer('counted');

/** Returns whether a column holds numbers: they are aligned at the right. */
export function isNumeric({kind}: Heading): boolean {
  return kind !== 'text' && kind !== 'level';
}
