import {didYouMean} from '../../config/problem.ts';
import {UserError} from '../../core/errors.ts';
import {parseConditions, matchValue} from '../select/conditions.ts';
import type {Results} from './read-results.ts';
import type {CellResult} from './cell-result.ts';

type Reader = (cell: CellResult) => string;

/** Values that every cell has beside its columns. */
const ALWAYS: Readonly<Record<string, Reader>> = {
  benchmark: ({benchmark}) => benchmark,
  part: ({stratum}) => stratum,
  round: ({round}) => String(round),
};

/**
 * Selects the cells that match `column=value[,column=value]`; columns are those of the results, `benchmark`, `part` and
 * `round`.
 *
 * @throws UserError `cell-usage`, `column-unknown`, `column-ambiguous`, `value-unknown`, `cell-none`.
 */
export function selectCells(results: Pick<Results, 'cells' | 'columns'>, selector: string): CellResult[] {
  const conditions = parseConditions(selector);
  if (!conditions) {
    throw new UserError('cell-usage', `"${selector}" names no cells`, {
      hint: 'expected column=value[,column=value], e.g. --cell persona=judge,part=Age',
    });
  }
  let cells = [...results.cells];
  for (const condition of conditions) {
    const {name, value} = condition;
    const getValue = createReader(name, results);
    const values = new Set(results.cells.map(getValue));
    const wanted = matchValue(values, condition);
    if (results.cells.length > 0 && wanted === undefined) {
      const meant = didYouMean(value, values);
      throw new UserError('value-unknown', `no cell has ${name}=${value}`, {
        hint: meant === undefined ? `there are: ${[...values].slice(0, 20).join(', ')}` : `did you mean ${meant}?`,
      });
    }
    cells = cells.filter(cell => getValue(cell) === wanted);
  }
  if (cells.length > 0 || results.cells.length === 0) return cells;
  const wanted = conditions.map(({name, value}) => `${name}=${value}`).join(' and ');
  throw new UserError('cell-none', `no cell has ${wanted} together`, {hint: 'mac results shows the cells there are'});
}

function createReader(name: string, {columns, cells}: Pick<Results, 'cells' | 'columns'>): Reader {
  const readColumn =
    (column: string): Reader =>
    ({cell}) =>
      cell[column] ?? '';
  if (columns.includes(name)) return readColumn(name);
  const always = Object.hasOwn(ALWAYS, name) ? ALWAYS[name] : undefined;
  if (always) return always;
  const ending = columns
    .filter(column => column.endsWith(`.${name}`))
    .map(column => ({column, read: readColumn(column)}));
  const [first] = ending;
  // Columns that go together mean the same, whichever is asked.
  if (first && ending.every(({read}) => cells.every(cell => read(cell) === first.read(cell)))) return first.read;
  if (first) {
    throw new UserError('column-ambiguous', `"${name}" is the end of ${ending.length} columns`, {
      hint: `one of: ${ending.map(({column}) => column).join(', ')}`,
    });
  }
  throw new UserError('column-unknown', `no column "${name}" tells these cells apart`, {
    hint: `there are: ${[...columns, ...Object.keys(ALWAYS)].join(', ')}; --by makes others`,
  });
}
