import {count, formatInteger} from '../../core/text/amounts.ts';
import {integer, tabulate, text, type Table} from '../../core/text/table.ts';
import {describeStatuses} from '../trials/cells.ts';
import type {TrialResults, UnscoredTrial} from '../trials/results.ts';
import {cellTable, leaderboardTable} from '../trials/tables.ts';
import {USAGE_METRICS} from '../trials/trial-row.ts';
import type {CardView} from './overview.ts';
import type {PageFigure} from './page-figure.ts';
import {formatTimestamp} from './page-table.ts';

/** The values of the template of a study, a benchmark run or a suite. */
export interface TrialPage {
  readonly title: string;
  readonly selection: string;
  readonly writtenAt: string;
  readonly writtenBy: string;
  readonly isComplete: boolean;
  readonly progress: string;
  readonly cards: readonly CardView[];
  /** Labels that vary, with their values. */
  readonly labels: Table | null;
  readonly data: {
    readonly tables: readonly Table[];
    readonly isClean: boolean;
    readonly missing: readonly string[];
    readonly missingCount: string;
    readonly moreMissing: string;
    readonly outdated: readonly string[];
    readonly unreadable: readonly string[];
  };
  readonly cells: readonly Table[];
  readonly leaderboards: readonly {
    readonly metric: string;
    readonly isOpen: boolean;
    readonly tables: readonly Table[];
  }[];
  readonly figures: readonly PageFigure[];
}

const MOST_LISTED = 200;
/** Most cells of a table, and most tasks of a leaderboard; the figures' data, --json and mac export have all. */
const MOST_CELLS = 200;
const MOST_TASKS = 50;
/** Columns of metrics beside each other. */
const METRICS_A_TABLE = 6;

/** Describes the page of trials. */
export function describeTrialPage(
  results: TrialResults,
  figures: readonly PageFigure[],
  {title, now, version}: {readonly title: string | undefined; readonly now: string; readonly version: string},
): TrialPage {
  const {selection, kind, missing, outdated, unreadable, unscored, failed_evaluators: failed} = results;
  const problems = [unscoredTable(unscored), evaluatorTable(failed)].filter(table => table !== null);
  const isClean = problems.length === 0 && [missing, outdated, unreadable].every(list => list.length === 0);
  return {
    title: title ?? `Report: ${selection}`,
    selection: `${selection} (${kind})`,
    writtenAt: formatTimestamp(now),
    writtenBy: `mac ${version}`,
    isComplete: isClean && results.scored > 0,
    progress: describeProgress(results),
    cards: buildCards(results),
    labels: labelTable(results),
    data: {
      tables: problems,
      isClean,
      missing: missing.slice(0, MOST_LISTED),
      missingCount: missing.length > 0 ? count(missing.length, 'trial') : '',
      moreMissing: missing.length > MOST_LISTED ? formatInteger(missing.length - MOST_LISTED) : '',
      outdated: outdated.slice(0, MOST_LISTED),
      unreadable,
    },
    cells: cellTables(results),
    leaderboards: listLeaderboards(results),
    figures,
  };
}

function describeProgress({trials, scored, statuses, missing, outdated, unreadable}: TrialResults): string {
  const rest = [
    missing.length > 0 ? `${count(missing.length, 'planned trial')} without a record` : '',
    outdated.length > 0 ? `${count(outdated.length, 'trial')} changed since` : '',
    unreadable.length > 0 ? `${count(unreadable.length, 'record')} that cannot be read` : '',
  ].filter(Boolean);
  const all = `${count(trials, 'trial')}: ${describeStatuses(statuses)}${rest.map(each => `; ${each}`).join('')}.`;
  if (scored === 0) return `Not complete: ${all} Nothing has succeeded yet, so there are no scores.`;
  if (scored === trials && rest.length === 0) return `Complete: ${all}`;
  return `Not complete: ${all} Everything below is of the ${formatInteger(scored)} that succeeded.`;
}

function buildCards({trials, scored, cells, leaderboards, statuses, missing}: TrialResults): CardView[] {
  const seeds = Math.max(0, ...cells.map(cell => cell.seeds));
  return [
    {
      label: 'trials that succeeded',
      value: `${formatInteger(scored)} / ${formatInteger(trials + missing.length)}`,
      detail: (statuses.reused ?? 0) > 0 ? `${formatInteger(statuses.reused ?? 0)} of an earlier run` : '',
    },
    {label: 'cells', value: formatInteger(cells.length), detail: ''},
    {label: 'seeds of a cell', value: formatInteger(seeds), detail: seeds < 2 ? 'no intervals' : 'at most'},
    {label: 'leaderboards', value: formatInteger(leaderboards.length), detail: ''},
  ];
}

function labelTable({columns, cells}: TrialResults): Table | null {
  if (columns.length === 0) return null;
  const rows = columns.map(column => ({column, values: [...new Set(cells.map(({cell}) => cell[column] ?? ''))]}));
  return tabulate(
    rows,
    [
      text('label', ({column}) => column),
      integer('values', ({values}) => values.length),
      text('', ({values}) => values.slice(0, MOST_VALUES).join(', ') + (values.length > MOST_VALUES ? ', …' : '')),
    ],
    {caption: 'What varies'},
  );
}

/** Most values of a label that a table lists. */
const MOST_VALUES = 12;

function unscoredTable(unscored: readonly UnscoredTrial[]): Table | null {
  if (unscored.length === 0) return null;
  const left = unscored.length - MOST_LISTED;
  return tabulate(
    unscored.slice(0, MOST_LISTED),
    [
      text('trial', ({trial}) => trial),
      text('status', ({status}) => status),
      text('reason', ({reason}) => reason ?? '–'),
    ],
    {
      caption: 'Trials that are in no number',
      notes: left > 0 ? [`${formatInteger(left)} more are not listed; mac export has all.`] : [],
    },
  );
}

function evaluatorTable(failed: TrialResults['failed_evaluators']): Table | null {
  if (failed.length === 0) return null;
  return tabulate(
    failed.slice(0, MOST_LISTED),
    [text('trial', ({trial}) => trial), text('evaluators', ({evaluators}) => evaluators.join(', '))],
    {caption: 'Evaluators that failed: their metrics are missing', notes: []},
  );
}

/** Splits many metrics into tables that fit on a page; what every trial is measured by comes last, on its own. */
function cellTables(all: TrialResults): Table[] {
  const results = {...all, cells: all.cells.slice(0, MOST_CELLS)};
  const left = all.cells.length - results.cells.length;
  const notes = left > 0 ? [`${formatInteger(left)} more cells are not listed; mac results --json has all.`] : [];
  const isUsage = (id: string): boolean => USAGE_METRICS.some(usage => usage === id);
  const own = results.metrics.filter(id => !isUsage(id));
  const chunks: string[][] = [];
  for (let i = 0; i < own.length; i += METRICS_A_TABLE) chunks.push(own.slice(i, i + METRICS_A_TABLE));
  const usage = results.metrics.filter(isUsage);
  return [
    ...chunks.map((ids, i) =>
      cellTable(results, ids, {caption: i === 0 ? 'Metrics by cell' : 'Metrics by cell, continued', notes}),
    ),
    ...(usage.length > 0 ? [cellTable(results, usage, {caption: 'Durations and tokens of a trial', notes})] : []),
  ];
}

function listLeaderboards({leaderboards, scored}: TrialResults): TrialPage['leaderboards'] {
  if (scored === 0) return [];
  const metrics = [...new Set(leaderboards.map(({metric}) => metric))];
  return metrics.map((metric, i) => ({
    metric,
    isOpen: i === 0,
    tables: leaderboards
      .filter(each => each.metric === metric)
      .slice(0, MOST_TASKS)
      .map(leaderboardTable),
  }));
}
