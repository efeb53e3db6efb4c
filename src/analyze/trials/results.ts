import {parseConditions, matchValue} from '../select/conditions.ts';
import {UserError} from '../../core/errors.ts';
import type {TrialStatus} from '../../core/trial.ts';
import {countStatuses, estimateCells, type StatusCounts, type TrialCell} from './cells.ts';
import {checkMetrics} from './check-metrics.ts';
import {checkColumns, listDefaultColumns} from './columns.ts';
import {rankCells, type Leaderboard} from './leaderboard.ts';
import type {TrialSelection} from './read-trials.ts';
import {columnText, isScored, listMetrics, listMinimised, listReportedMetrics, type TrialRow} from './trial-row.ts';

/** Scores of trials, cell by cell, and the trials that no score counts. */
export interface TrialResults {
  readonly selection: string;
  readonly kind: string;
  readonly sets: readonly string[];
  /** Columns that tell cells apart. */
  readonly columns: readonly string[];
  readonly metrics: readonly string[];
  /** Metrics of which less is better. */
  readonly minimised: readonly string[];
  readonly trials: number;
  readonly scored: number;
  readonly statuses: StatusCounts;
  readonly unscored: readonly UnscoredTrial[];
  /** Planned, without any record. */
  readonly missing: readonly string[];
  /** Recorded under an earlier version of their file; counted as they are. */
  readonly outdated: readonly string[];
  /** Files of records that cannot be read. */
  readonly unreadable: readonly string[];
  /** Scored trials without the metrics of these evaluators. */
  readonly failed_evaluators: readonly {readonly trial: string; readonly evaluators: readonly string[]}[];
  readonly cells: readonly TrialCell[];
  readonly leaderboards: readonly Leaderboard[];
}

/** A trial that ended otherwise, or has not ended: no number counts it. */
export interface UnscoredTrial {
  readonly set: string;
  readonly trial: string;
  readonly status: TrialStatus;
  readonly reason: string | null;
}

export interface TrialResultsRequest {
  /** Columns of cells; default: the labels that vary. */
  readonly by?: readonly string[] | undefined;
  /** Default: all that trials reported themselves, then those that all trials have. */
  readonly metrics?: readonly string[] | undefined;
  readonly minimised?: readonly string[] | undefined;
  /** `column=value[,column=value]`: only these trials. */
  readonly only?: string | undefined;
}

/**
 * Scores trials cell by cell.
 *
 * @throws UserError `label-unknown`, `column-repeated`, `metric-unknown`, `cell-usage`, `cell-none`.
 */
export function scoreTrials(
  {name, kind, sets, rows: all, missing, outdated, unreadable}: TrialSelection,
  {by, metrics: wanted, minimised: declared = [], only}: TrialResultsRequest,
): TrialResults {
  const known = listMetrics(all);
  checkMetrics([...(wanted ?? []), ...declared], known);
  const rows = only === undefined ? all : selectRows(all, only);
  const columns = by ? checkColumns(by, all) : listDefaultColumns(all);
  const metrics = wanted ?? known;
  const minimised = listMinimised(all, declared);
  const cells = estimateCells(rows, {columns, metrics});
  const ranked = wanted ?? listReportedMetrics(all);
  return {
    selection: name,
    kind,
    sets,
    columns,
    metrics,
    minimised: metrics.filter(id => minimised.has(id)),
    trials: rows.length,
    scored: rows.filter(isScored).length,
    statuses: countStatuses(rows),
    unscored: rows.filter(row => !isScored(row)).map(describeUnscored),
    missing,
    outdated,
    unreadable,
    failed_evaluators: rows
      .filter(row => isScored(row) && row.failedEvaluators.length > 0)
      .map(({id, failedEvaluators}) => ({trial: id, evaluators: failedEvaluators})),
    cells,
    leaderboards: cells.length < 2 ? [] : ranked.flatMap(metric => rankCells(cells, {columns, metric, minimised})),
  };
}

function describeUnscored({set, id, status, reason}: TrialRow): UnscoredTrial {
  return {set, trial: id, status, reason};
}

/**
 * Returns the rows that have all the values of `column=value[,column=value]`.
 *
 * @throws UserError `cell-usage`, `label-unknown`, `value-unknown`, `cell-none`.
 */
export function selectRows(rows: readonly TrialRow[], text: string): TrialRow[] {
  const conditions = parseConditions(text);
  if (!conditions) {
    throw new UserError('cell-usage', `"${text}" is not column=value`, {hint: 'for example trainer=a,task=b'});
  }
  checkColumns([...new Set(conditions.map(({name}) => name))], rows);
  const matched = conditions.map(condition => {
    const values = new Set(rows.map(row => columnText(row, condition.name)));
    const value = matchValue(values, condition);
    if (value !== undefined) return {name: condition.name, value};
    throw new UserError('value-unknown', `no trial has ${condition.name}=${condition.value}`, {
      hint: `there are: ${[...values].slice(0, MAX_LISTED).join(', ')}`,
    });
  });
  const selected = rows.filter(row => matched.every(({name, value}) => columnText(row, name) === value));
  if (selected.length > 0) return selected;
  throw new UserError('cell-none', `no trial has ${text} together`, {hint: 'mac results shows the cells'});
}

/** Most values that a message lists. */
const MAX_LISTED = 10;
