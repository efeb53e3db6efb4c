import {groupBy} from '../../core/group-by.ts';
import {compareTextLists} from '../../core/text/compare-texts.ts';
import {TRIAL_STATUSES, type TrialStatus} from '../../core/trial.ts';
import {ratioOfSums, testLinearised} from '../statistics/linearised.ts';
import type {Interval} from '../statistics/student-t.ts';
import {columnText, isScored, type TrialRow} from './trial-row.ts';

/** Mean of a metric over the scored trials of a cell, with its uncertainty from seed to seed. */
export interface TrialEstimate {
  readonly id: string;
  /** Null when no scored trial has it; then `reason` says why. */
  readonly value: number | null;
  readonly reason: string | null;
  /** Scored trials that have it. */
  readonly n: number;
  /** Scored trials that do not. */
  readonly without: number;
  /** Seeds of those that have it; trials without a seed count as one. */
  readonly clusters: number;
  readonly standard_error: number | null;
  /** 95 %; null if there is none, then `interval_reason` says why. */
  readonly interval: Interval | null;
  readonly interval_reason: string | null;
  readonly method: 'clustered t';
}

/** Number of trials by how they ended; only what occurs. */
export type StatusCounts = Readonly<Partial<Record<TrialStatus, number>>>;

/** Trials that are equal in the columns. */
export interface TrialCell {
  readonly cell: Readonly<Record<string, string>>;
  readonly trials: number;
  readonly scored: number;
  readonly seeds: number;
  readonly statuses: StatusCounts;
  readonly estimates: readonly TrialEstimate[];
}

/** Groups trials by columns, in the order of the columns' values. */
export function groupTrials(
  rows: readonly TrialRow[],
  columns: readonly string[],
): {readonly cell: TrialCell['cell']; readonly rows: readonly TrialRow[]}[] {
  const groups = groupBy(rows, row => JSON.stringify(columns.map(column => columnText(row, column))));
  return [...groups]
    .map(([key, own]) => ({values: JSON.parse(key) as readonly string[], rows: own}))
    .sort((a, b) => compareTextLists(a.values, b.values))
    .map(({rows: own, values}) => ({
      cell: Object.fromEntries(columns.map((column, i) => [column, values[i] ?? ''])),
      rows: own,
    }));
}

/** Estimates metrics cell by cell. Trials that did not end well are counted, and part of no estimate. */
export function estimateCells(
  rows: readonly TrialRow[],
  {columns, metrics}: {readonly columns: readonly string[]; readonly metrics: readonly string[]},
): TrialCell[] {
  return groupTrials(rows, columns).map(({cell, rows: group}) => {
    const scored = group.filter(isScored);
    return {
      cell,
      trials: group.length,
      scored: scored.length,
      seeds: countSeeds(scored),
      statuses: countStatuses(group),
      estimates: metrics.map(id => estimateMean(id, group)),
    };
  });
}

export function countStatuses(rows: readonly TrialRow[]): StatusCounts {
  const counts = TRIAL_STATUSES.map(status => [status, rows.filter(row => row.status === status).length] as const);
  return Object.fromEntries(counts.filter(([, count]) => count > 0));
}

function countSeeds(rows: readonly TrialRow[]): number {
  return new Set(rows.map(({seed}) => seed).filter(seed => seed !== null)).size;
}

/**
 * Estimates the mean of a metric, each trial counted alike, with a t interval whose clusters are the seeds: trials of
 * one seed vary together. With one trial a seed it is the plain t interval of a mean.
 *
 * Source: Cameron & Miller 2015 (J. Human Resources 50:317), as all clustered intervals of `testLinearised`.
 */
export function estimateMean(id: string, group: readonly TrialRow[]): TrialEstimate {
  const scored = group.filter(isScored);
  const parts = scored.flatMap(row => {
    const value = row.metrics.get(id);
    return value === undefined ? [] : [{cluster: nameCluster(row), part: value, of: 1}];
  });
  const facts = {id, n: parts.length, without: scored.length - parts.length, method: 'clustered t' as const};
  const mean = ratioOfSums(parts);
  if (!mean) {
    const reason = explainNoValue(group, scored);
    const none = {value: null, reason, standard_error: null, interval: null, interval_reason: reason};
    return {...facts, ...none, clusters: 0};
  }
  const {standardError, interval, clusters} = testLinearised(mean);
  return {
    ...facts,
    value: mean.value,
    reason: null,
    clusters,
    standard_error: standardError,
    interval,
    interval_reason: interval ? null : explainNoInterval(clusters, scored),
  };
}

/** Trials without a seed are one cluster: nothing tells how they vary. */
export function nameCluster({seed}: TrialRow): string {
  return String(seed);
}

function explainNoValue(group: readonly TrialRow[], scored: readonly TrialRow[]): string {
  if (scored.length > 0) return 'no trial reported it';
  return `no trial succeeded: ${describeStatuses(countStatuses(group))}`;
}

/** Returns why a value has no interval. */
export function explainNoInterval(clusters: number, rows: readonly TrialRow[]): string {
  if (clusters > 1) return 'all seeds agree: nothing varies';
  return rows.every(({seed}) => seed === null) ? 'no seeds: nothing tells how much chance varies' : 'one seed';
}

/** Returns `2 failed, 1 timeout`. */
export function describeStatuses(counts: StatusCounts): string {
  return Object.entries(counts)
    .map(([status, count]) => `${count} ${status}`)
    .join(', ');
}
