import {compareTexts} from '../../core/text/compare-texts.ts';
import {estimateMean, groupTrials, type TrialEstimate} from './cells.ts';
import {isScored, type TrialRow} from './trial-row.ts';

/** The values behind a cell's mean. */
export interface ExplainedCell {
  readonly cell: Readonly<Record<string, string>>;
  readonly estimate: TrialEstimate;
  readonly values: readonly {readonly seed: number | null; readonly trial: string; readonly value: number | null}[];
}

/** Returns what a metric's mean was computed from, cell by cell, by seed. */
export function explainMetric(id: string, rows: readonly TrialRow[], columns: readonly string[]): ExplainedCell[] {
  return groupTrials(rows, columns).map(({cell, rows: group}) => {
    const scored = group.filter(isScored);
    const values = scored.map(row => ({seed: row.seed, trial: row.id, value: row.metrics.get(id) ?? null}));
    return {
      cell,
      estimate: estimateMean(id, group),
      values: values.sort((a, b) => (a.seed ?? 0) - (b.seed ?? 0) || compareTexts(a.trial, b.trial)),
    };
  });
}
