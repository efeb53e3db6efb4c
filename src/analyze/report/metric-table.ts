import {integer, measured, tabulate, text, type Table} from '../../core/text/table.ts';
import {distinguishingColumns} from '../figures/cell-labels.ts';
import {sortForReading} from '../figures/cell-order.ts';
import {cellColumns, keepEstimated} from '../score/cell-columns.ts';
import type {CellResult} from '../score/cell-result.ts';

export interface MetricTableRequest {
  readonly caption: string;
  /** Columns that may distinguish cells. */
  readonly columns: readonly string[];
  readonly cells: readonly CellResult[];
  readonly metrics: readonly string[];
}

/** Returns a table with one row a cell: every metric's value, interval and n. Undefined ones have a footnote. */
export function metricTable({caption, columns, cells, metrics}: MetricTableRequest): Table {
  const telling = distinguishingColumns(columns, cells);
  return tabulate(
    sortForReading(cells, [...telling, ...columns]),
    cellColumns(telling, keepEstimated(metrics, cells)),
    {caption, notes: [...noteUnknownMissing(cells), ...describeRefusals(cells)]},
  );
}

function noteUnknownMissing(cells: readonly CellResult[]): string[] {
  return cells.some(({missing_questions: missing}) => missing === null)
    ? ['? missing: a question file cannot be read.']
    : [];
}

function describeRefusals(cells: readonly CellResult[]): string[] {
  const all = new Map(cells.flatMap(({refused}) => Object.entries(refused)));
  return [...all].map(([id, reason]) => `Not given: ${id}. ${reason}.`);
}

/** Returns every metric of one cell, one a row. */
export function everyMetricTable(caption: string, {estimates}: CellResult): Table {
  return tabulate(
    estimates,
    [
      text('metric', ({id}) => id),
      text('meaning', ({label}) => label),
      measured('value', estimate => estimate),
      integer('clusters', ({clusters}) => clusters),
      text('interval by', ({method}) => method),
    ],
    {caption},
  );
}
