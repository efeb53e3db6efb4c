import {count} from '../../core/text/amounts.ts';
import {
  integer,
  level,
  measured,
  number,
  tabulate,
  text,
  type Column,
  type MeasuredValue,
  type Table,
} from '../../core/text/table.ts';
import {describeStatuses, type TrialCell, type TrialEstimate} from './cells.ts';
import type {Leaderboard, RankedCell} from './leaderboard.ts';
import type {TrialResults, UnscoredTrial} from './results.ts';

/** Most trials that a list names. */
const MAX_LISTED = 10;

/** Returns a table with a row for each cell and a column for each metric. */
export function cellTable(
  {cells, columns, minimised}: TrialResults,
  metrics: readonly string[],
  about: {readonly caption: string; readonly notes: readonly string[]},
): Table {
  const isIncomplete = cells.some(({trials, scored}) => scored < trials);
  const isLess = metrics.filter(id => minimised.includes(id));
  const without = cells.flatMap(cell => describeWithout(cell, metrics));
  return tabulate(
    cells,
    [
      ...columns.map(name => level<TrialCell>(name, ({cell}) => cell[name])),
      integer('trials', ({trials}) => trials),
      ...(isIncomplete ? [text<TrialCell>('not scored', describeNotScored)] : []),
      integer('seeds', ({seeds}) => seeds),
      ...metrics.map((id): Column<TrialCell> =>
        measured(id, cell => showEstimate(cell.estimates.find(each => each.id === id))),
      ),
    ],
    {
      ...about,
      isNamed: columns.length > 0,
      notes: [...(isLess.length > 0 ? [`less is better: ${isLess.join(', ')}`] : []), ...without, ...about.notes],
    },
  );
}

/** Metrics of trials can be of any size. */
function showEstimate(estimate: TrialEstimate | undefined): MeasuredValue | undefined {
  return estimate && {...estimate, isOfAnySize: true};
}

function describeNotScored({statuses}: TrialCell): string {
  const {succeeded: _succeeded, reused: _reused, ...others} = statuses;
  return describeStatuses(others);
}

/** Names metrics that some scored trials of a cell did not report: their mean is over fewer trials. */
function describeWithout({cell, estimates, scored}: TrialCell, metrics: readonly string[]): string[] {
  return estimates
    .filter(({id, without, n}) => metrics.includes(id) && without > 0 && n > 0)
    .map(({id, without}) => `${id}: ${without} of ${scored} scored trials did not report it: ${describeCell(cell)}`);
}

/** Returns the values of a cell in one line. */
export function describeCell(cell: TrialCell['cell'], left: readonly string[] = []): string {
  const values = Object.entries(cell).filter(([name]) => !left.includes(name));
  return values.length === 0 ? 'all' : values.map(([name, value]) => `${name}=${value}`).join(', ');
}

/** Returns a table of ranks. */
export function leaderboardTable({metric, better, task, rows, unranked}: Leaderboard): Table {
  const columns = [...new Set([...rows, ...unranked].flatMap(({cell}) => Object.keys(cell)))];
  const own = columns.filter(name => name !== task?.column);
  const of = task ? `${task.column} ${task.value}: ` : '';
  return tabulate(
    rows,
    [
      number('rank', describeRank),
      ...own.map(name => level<RankedCell>(name, ({cell}) => cell[name])),
      measured(metric, ({estimate}) => showEstimate(estimate)),
      number('scored', ({scored, trials}) => (scored === trials ? String(scored) : `${scored} of ${trials}`)),
      text('not told apart from rank', ({not_told_apart_from: ranks}) => describeRanks(ranks)),
    ],
    {
      caption: `leaderboard: ${of}${metric}, ${better} is better`,
      notes: unranked.map(({cell, reason}) => `no rank: ${describeCell(cell, task ? [task.column] : [])}: ${reason}`),
    },
  );
}

/** Returns `1, 3–7`. */
export function describeRanks(ranks: readonly number[]): string {
  const ranges: {first: number; last: number}[] = [];
  for (const rank of ranks) {
    const range = ranges.at(-1);
    if (range?.last === rank - 1) range.last = rank;
    else ranges.push({first: rank, last: rank});
  }
  return ranges
    .map(({first, last}) => {
      if (first === last) return String(first);
      return last - first === 1 ? `${first}, ${last}` : `${first}–${last}`;
    })
    .join(', ');
}

function describeRank({rank}: RankedCell): string {
  return String(rank);
}

/** Returns lines about trials that are in no number. */
export function describeUnscoredTrials(results: TrialResults): string[] {
  const {unscored, outdated, unreadable, failed_evaluators: failed} = results;
  return [
    ...listSome(unscored.map(describeUnscoredTrial)),
    ...listSome(failed.map(({trial, evaluators}) => `evaluator failed: ${trial}: ${evaluators.join(', ')}`)),
    ...listSome(outdated.map(describeOutdated)),
    ...(unreadable.length > 0
      ? [`${count(unreadable.length, 'record')} cannot be read, so these trials count nowhere`]
      : []),
    ...listSome(unreadable),
  ];
}

/** Returns a line about a trial whose file has changed. */
export function describeOutdated(trial: string): string {
  return `changed since it ran, counted as it was: ${trial}`;
}

export function describeUnscoredTrial({trial, status, reason}: UnscoredTrial): string {
  return `${status}: ${trial}${reason === null ? '' : `: ${reason}`}`;
}

function listSome(lines: readonly string[]): string[] {
  const rest = lines.length > MAX_LISTED ? [`… and ${lines.length - MAX_LISTED} more`] : [];
  return [...lines.slice(0, MAX_LISTED), ...rest];
}
