import {parseTimestamp} from '../../record/disk/timestamps.ts';

/** Type of a column; `time` is UTC. */
export type ColumnType = 'text' | 'integer' | 'number' | 'boolean' | 'time';

/** One value of a row; times are texts like `2025-12-10T09:08:07.123456Z`. */
export type Cell = string | number | boolean | null;

/** A column's description for docs, files and SQL. */
export interface Column {
  /** Stable, snake_case; of swept parameters the path in the config. */
  readonly name: string;
  readonly type: ColumnType;
  /** Its unit, if it has one; the name includes it. */
  readonly unit?: string;
  readonly meaning: string;
}

/** A column's computation from a record; its name is its key in the table's definition. */
export interface ColumnDefinition<Source> extends Omit<Column, 'name'> {
  readonly getValue: (source: Source) => unknown;
}

type Define = <Source>(
  meaning: string,
  getValue: (source: Source) => unknown,
  unit?: string,
) => ColumnDefinition<Source>;

function definer(type: ColumnType): Define {
  return (meaning, getValue, unit) => ({type, meaning, getValue, ...(unit === undefined ? {} : {unit})});
}

export const text = definer('text');
export const integer = definer('integer');
export const number = definer('number');
export const boolean = definer('boolean');
export const time = definer('time');

/** Converts a value to the column's type, else null (records may be foreign). Lists and mappings become JSON texts. */
export function toCell(type: ColumnType, value: unknown): Cell {
  if (value === null || value === undefined) return null;
  switch (type) {
    case 'text':
      return typeof value === 'string' ? value : JSON.stringify(value);
    case 'integer':
      return Number.isSafeInteger(value) ? (value as number) : null;
    case 'number':
      return Number.isFinite(value) ? (value as number) : null;
    case 'boolean':
      return typeof value === 'boolean' ? value : null;
    case 'time':
      return toTimestamp(value);
  }
}

function toTimestamp(value: unknown): string | null {
  return typeof value === 'string' && parseTimestamp(value) !== undefined ? value : null;
}

export const TABLE_NAMES = ['tasks', 'conversations', 'messages', 'questions', 'agents'] as const;

export type TableName = (typeof TABLE_NAMES)[number];

/** The table of studies, benchmark runs and suites, which have no conversations. */
export const TRIALS = 'trials';

/** A table's description, without its rows. */
export interface TableDescription {
  readonly name: TableName | typeof TRIALS;
  /** Meaning of a row. */
  readonly meaning: string;
  /** The columns that identify a row. */
  readonly key: readonly string[];
  readonly columns: readonly Column[];
}

/** A table and how its rows come from records. */
export interface Table<Source> extends TableDescription {
  readonly toRow: (source: Source) => Cell[];
}

/** Gives a table the columns of its definition, in their order. */
export function defineTable<Source>({
  columns: definitions,
  ...rest
}: Omit<TableDescription, 'columns'> & {
  readonly columns: Readonly<Record<string, ColumnDefinition<Source>>>;
}): Table<Source> {
  const entries = Object.entries(definitions);
  return {
    ...rest,
    columns: entries.map(([name, {getValue: _, ...column}]) => ({name, ...column})),
    toRow: source => entries.map(([, {type, getValue}]) => toCell(type, getValue(source))),
  };
}
