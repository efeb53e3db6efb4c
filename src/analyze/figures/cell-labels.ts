import type {CellResult} from '../score/cell-result.ts';
import {shortLabel} from './theme.ts';
import {compareTexts} from '../../core/text/compare-texts.ts';

/** Returns the end of a parameter's path: `agent_definitions.0.persona` → `0.persona`. */
export function shortName(path: string): string {
  return path.split('.').slice(-2).join('.');
}

/** Returns the columns in which cells differ. Task names are long, so they are left out where parameters suffice. */
export function differingColumns(columns: readonly string[], cells: readonly CellResult[]): string[] {
  const differing = columns.filter(name => new Set(cells.map(({cell}) => cell[name])).size > 1);
  const parameters = differing.filter(name => name !== 'task');
  return countDistinct(cells, parameters) === countDistinct(cells, columns) ? parameters : differing;
}

/**
 * Returns the same; of columns that agree everywhere (a persona that all agents share) the first.
 *
 * @param columns in the order in which they are to be read.
 */
export function distinguishingColumns(columns: readonly string[], cells: readonly CellResult[]): string[] {
  const contents = columns.map(name => JSON.stringify(cells.map(({cell}) => cell[name])));
  return differingColumns(
    columns.filter((_, i) => contents.findIndex(content => content === contents[i]) === i),
    cells,
  );
}

/** Returns the fewest columns that still distinguish the cells, dropping those with the longest values first. */
export function fewestColumns(columns: readonly string[], cells: readonly CellResult[]): string[] {
  const totalLength = (name: string): number =>
    cells.reduce((sum, {cell}) => sum + namedValue(name, cell[name]).length, 0);
  const all = countDistinct(cells, columns);
  let kept = [...columns];
  for (const name of columns.toSorted((a, b) => totalLength(b) - totalLength(a))) {
    const without = kept.filter(other => other !== name);
    if (countDistinct(cells, without) === all) kept = without;
  }
  return kept;
}

function countDistinct(cells: readonly CellResult[], columns: readonly string[]): number {
  const keys = cells.map(({cell, stratum, round}) => [stratum, round, ...columns.map(name => cell[name])]);
  return new Set(keys.map(key => JSON.stringify(key))).size;
}

/** Returns a value as labels show it: an absent persona is "none". */
export function valueLabel(value: string | undefined): string {
  return value === undefined || value === 'null' || value === '' ? 'none' : value;
}

/** Returns a label with the values of a cell's columns; "all" without any. */
export function cellLabel(cell: CellResult, columns: readonly string[]): string {
  return columns.length === 0 ? 'all' : namedValues(cell, columns).join(SEPARATOR);
}

const SEPARATOR = ' · ';

/** Returns the same in a bounded number of characters: long values share the room left and lose their middle. */
export function shortCellLabel(cell: CellResult, columns: readonly string[], characters: number): string {
  if (columns.length === 0) return 'all';
  const values = namedValues(cell, columns);
  let room = characters - SEPARATOR.length * (values.length - 1);
  const limits = new Map<number, number>();
  const byLength = [...values.keys()].sort((a, b) => (values[a]?.length ?? 0) - (values[b]?.length ?? 0));
  for (const [done, i] of byLength.entries()) {
    const share = Math.max(5, Math.floor(room / (values.length - done)));
    limits.set(i, share);
    room -= Math.min(share, values[i]?.length ?? 0);
  }
  return values.map((value, i) => shortLabel(value, limits.get(i))).join(SEPARATOR);
}

function namedValues({cell}: CellResult, columns: readonly string[]): string[] {
  return columns.map(name => namedValue(name, cell[name]));
}

/** Adds a name to flags and numbers, which mean nothing alone; there is room for its last word. */
function namedValue(column: string, value: string | undefined): string {
  const name = column.split('.').at(-1) ?? column;
  if (name === 'if_as_human' && (value === 'true' || value === 'false')) return value === 'true' ? 'human' : 'AI';
  if (value === 'true' || value === 'false') return `${name} ${value === 'true' ? 'on' : 'off'}`;
  return /^-?[\d.]+$/.test(value ?? '') ? `${name} ${value}` : valueLabel(value);
}

/** Sorts cells by part, then by the values of the columns, absent ones first. */
export function sortForReading(cells: readonly CellResult[], columns: readonly string[]): CellResult[] {
  return [...cells].sort((a, b) => {
    if (a.benchmark !== b.benchmark) return compareTexts(a.benchmark, b.benchmark);
    if (a.stratum !== b.stratum) return compareTexts(a.stratum, b.stratum);
    for (const name of columns) {
      const order = compareValues(a.cell[name], b.cell[name]);
      if (order !== 0) return order;
    }
    return Number(a.round) - Number(b.round) || 0;
  });
}

/** Compares values of a parameter: absent first, numbers by size, texts alphabetically. */
export function compareValues(a: string | undefined, b: string | undefined): number {
  const isAbsent = (value: string | undefined): boolean => valueLabel(value) === 'none';
  if (isAbsent(a) !== isAbsent(b)) return isAbsent(a) ? -1 : 1;
  return compareTexts(a ?? '', b ?? '');
}
