import {ROUNDING} from '../statistics/linearised.ts';
import {describeStatuses, type TrialCell, type TrialEstimate} from './cells.ts';

/** The cells of one task, best first by the mean of one metric. */
export interface Leaderboard {
  readonly metric: string;
  readonly better: 'higher' | 'lower';
  /** Column that names the task, and its value; null where the cells are of no task in particular. */
  readonly task: {readonly column: string; readonly value: string} | null;
  readonly rows: readonly RankedCell[];
  /** Cells without a value: they have no place, however good an unfinished trial looked. */
  readonly unranked: readonly {readonly cell: TrialCell['cell']; readonly reason: string}[];
}

export interface RankedCell {
  /** From 1; equal means share a rank, and the ranks behind them are left out. */
  readonly rank: number;
  readonly cell: TrialCell['cell'];
  readonly estimate: TrialEstimate;
  readonly trials: number;
  readonly scored: number;
  /** Ranks of cells above or beside it whose intervals overlap its own, or of which one has no interval. */
  readonly not_told_apart_from: readonly number[];
}

/** Labels that name what is worked on, in the order in which they are looked for. */
const TASK_COLUMNS = ['task', 'scenario'] as const;

/** Ranks cells task by task; all cells together where no column names a task. */
export function rankCells(
  cells: readonly TrialCell[],
  {
    columns,
    metric,
    minimised,
  }: {readonly columns: readonly string[]; readonly metric: string; readonly minimised: ReadonlySet<string>},
): Leaderboard[] {
  const column = chooseTaskColumn(columns);
  // Tasks are not ranked against each other.
  if (column !== undefined && columns.length === 1) return [];
  const better = minimised.has(metric) ? 'lower' : 'higher';
  if (column === undefined) return [{metric, better, task: null, ...rank(cells, metric, better)}];
  const tasks = [...new Set(cells.map(({cell}) => cell[column] ?? ''))];
  return tasks.map(value => {
    const own = cells.filter(({cell}) => cell[column] === value);
    return {metric, better, task: {column, value}, ...rank(own, metric, better)};
  });
}

/** Returns the column that names what is worked on; undefined where none does. */
export function chooseTaskColumn(columns: readonly string[]): string | undefined {
  return TASK_COLUMNS.find(name => columns.includes(name));
}

function rank(
  cells: readonly TrialCell[],
  metric: string,
  better: Leaderboard['better'],
): Pick<Leaderboard, 'rows' | 'unranked'> {
  const sign = better === 'higher' ? -1 : 1;
  const found = cells.map(cell => ({...cell, estimate: cell.estimates.find(({id}) => id === metric)}));
  const valued = found.flatMap(({estimate, ...cell}) =>
    estimate && estimate.value !== null ? [{...cell, estimate, value: estimate.value}] : [],
  );
  valued.sort((a, b) => sign * (a.value - b.value));
  const rows: RankedCell[] = [];
  let before: number | null = null;
  for (const [i, {cell, estimate, value, trials, scored}] of valued.entries()) {
    const rankHere = before !== null && isEqual(before, value) ? (rows.at(-1)?.rank ?? 1) : i + 1;
    const alike = rows.filter(row => !isToldApart(row.estimate, estimate)).map(row => row.rank);
    rows.push({rank: rankHere, cell, estimate, trials, scored, not_told_apart_from: [...new Set(alike)]});
    before = value;
  }
  const unranked = found
    .filter(({estimate}) => estimate?.value == null)
    .map(({cell, estimate, statuses}) => ({cell, reason: estimate?.reason ?? describeStatuses(statuses)}));
  return {rows, unranked};
}

/** Means of the same numbers in another order differ in their last digits. */
function isEqual(a: number, b: number): boolean {
  return Math.abs(a - b) <= ROUNDING * Math.max(1, Math.abs(a), Math.abs(b));
}

/** Returns whether two intervals lie apart. Without both nothing is told; seeds that all agree have none either. */
function isToldApart(one: TrialEstimate, other: TrialEstimate): boolean {
  if (!one.interval || !other.interval) return false;
  return one.interval[1] < other.interval[0] || other.interval[1] < one.interval[0];
}
