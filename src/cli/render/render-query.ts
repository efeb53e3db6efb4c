import type {ResultCell} from '../../analyze/tables/query.ts';
import {SCHEMA, typeWithUnit} from '../../analyze/tables/schema.ts';
import {formatTable} from './format.ts';
import {shorten} from '../../core/text/amounts.ts';

/** Most rows of a table on a screen, and the greatest width of its cells. */
export const MAX_SHOWN_ROWS = 200;
const CELL_WIDTH = 60;

/** Renders rows as a table. @param total counts all rows, shown or not. */
export function renderRows(
  columns: readonly {readonly name: string}[],
  rows: readonly (readonly ResultCell[])[],
  total: number,
): string {
  const table = formatTable([columns.map(({name}) => name), ...rows.map(row => row.map(renderCell))]);
  if (total === rows.length) return table;
  return `${table}… and ${total - rows.length} more rows: --format csv, jsonl, json or parquet gives all\n`;
}

function renderCell(cell: ResultCell): string {
  if (cell === null) return '–';
  if (typeof cell === 'number') return String(Number(cell.toPrecision(6)));
  return shorten(typeof cell === 'object' ? JSON.stringify(cell) : String(cell), CELL_WIDTH);
}

/** Renders the tables with their columns, types and meanings. */
export function renderSchema(): string {
  return SCHEMA.map(({name, meaning, key, columns}) => {
    const lines = columns.map(column => [`  ${column.name}`, typeWithUnit(column), column.meaning]);
    return `${name}: a row is ${meaning}; key: ${key.join(', ')}\n${formatTable(lines)}`;
  }).join('\n');
}
