import type {CellResult} from '../results.ts';

/** The end of a parameter's path that people know it by: `agent_definitions.0.persona` → `0.persona`. */
export function shortName(path: string): string {
  return path.split('.').slice(-2).join('.');
}

/**
 * The columns in which cells differ. Names of tasks are long and say nothing where parameters tell the cells apart.
 *
 * @param columns in the order in which they are to be read.
 */
export function tellingColumns(columns: readonly string[], cells: readonly CellResult[]): string[] {
  const differing = columns.filter(name => new Set(cells.map(({cell}) => cell[name])).size > 1);
  const parameters = differing.filter(name => name !== 'task');
  const countOf = (names: readonly string[]): number => new Set(cells.map(cell => keyOf(cell, names))).size;
  return countOf(parameters) === countOf(columns) ? parameters : differing;
}

function keyOf({cell, stratum, round}: CellResult, columns: readonly string[]): string {
  return JSON.stringify([stratum, round, ...columns.map(name => cell[name])]);
}

/** What a value of a parameter is called: an absent persona is "none". */
export function valueLabel(value: string | undefined): string {
  return value === undefined || value === 'null' || value === '' ? 'none' : value;
}

/** The values of a cell's columns as people read them. */
export function cellLabelParts({cell}: CellResult, columns: readonly string[]): string[] {
  return columns.map(name => valueLabel(cell[name]));
}

/** A cell by the values of its columns; where nothing tells cells apart, all. */
export function cellLabel({cell}: CellResult, columns: readonly string[]): string {
  if (columns.length === 0) return 'all';
  return columns
    .map(name => (isFlag(cell[name]) ? `${shortName(name)} ${cell[name]}` : valueLabel(cell[name])))
    .join(' · ');
}

/** Says nothing without its name. */
function isFlag(value: string | undefined): boolean {
  return value === 'true' || value === 'false' || /^-?[\d.]+$/.test(value ?? '');
}
