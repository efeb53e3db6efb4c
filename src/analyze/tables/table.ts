import {toCell, type Cell, type Column, type ColumnDefinition} from './column.ts';

export const TABLE_NAMES = ['tasks', 'conversations', 'messages', 'questions', 'agents'] as const;

export type TableName = (typeof TABLE_NAMES)[number];

/** A table's description, without its rows. */
export interface TableDescription {
  readonly name: TableName;
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
    columns: entries.map(([name, {valueOf: _, ...column}]) => ({name, ...column})),
    toRow: source => entries.map(([, {type, valueOf}]) => toCell(type, valueOf(source))),
  };
}
