import {integer, measured, tabulate, text, type Table, decimal} from '../../core/text/table.ts';
import {distinguishingColumns, sortForReading} from '../figures/cell-labels.ts';
import {cellColumns, keepEstimated, type CellResult} from '../score/cell-result.ts';
import {occurringEndings} from '../metrics/main-metrics.ts';

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

/** Cells that a table shows, and the columns that distinguish them. */
export interface CellGroup {
  /** Of the caption: "all tasks together", "by persona". */
  readonly title: string;
  readonly columns: readonly string[];
  readonly cells: readonly CellResult[];
}

/** Returns a table for each group: endings without answers, and replies without content. Empty if there were none. */
export function endingTables(benchmark: string, groups: readonly CellGroup[]): Table[] {
  const metrics = occurringEndings(groups.flatMap(({cells}) => cells));
  if (metrics.length === 0) return [];
  return groups.map(({title, columns, cells}) => {
    const table = metricTable({caption: `${benchmark}, how conversations ended, ${title}`, columns, cells, metrics});
    return {...table, notes: [...(table.notes ?? []), DENOMINATOR_NOTE]};
  });
}

const DENOMINATOR_NOTE =
  'Shares of all conversations that were asked and ended, those without scores included; of placeholders, shares of replies. The column of conversations counts those with scores.';

/** Returns a table of answers by shown position, beside the shares expected by content; undefined without choices. */
export function positionTable(benchmark: string, cells: readonly CellResult[]): Table | undefined {
  const rows = cells.flatMap(({stratum, estimates}) =>
    estimates.filter(({kind}) => kind === 'position').map(estimate => ({stratum, estimate})),
  );
  if (rows.length === 0) return undefined;
  return tabulate(
    rows,
    [
      text('part', ({stratum}) => stratum),
      text('shown', ({estimate}) => estimate.id.replace(':', ' ')),
      measured('share of answers', ({estimate}) => estimate),
      decimal('by content', ({estimate}) => estimate.expected ?? null),
    ],
    {
      caption: `${benchmark}, answers by shown position, all tasks together, last round`,
      notes: ['By content: the share of a position for an answerer that looks at what stands there and not at where.'],
    },
  );
}
