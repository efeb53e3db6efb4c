import {cellLabelParts, distinguishingColumns} from '../figures/cell-labels.ts';
import {sortForReading} from '../figures/cell-order.ts';
import type {CellEstimate} from '../metrics/cell-estimates.ts';
import type {CellResult} from '../score/cell-result.ts';
import {describeMeasured, formatInteger} from '../../core/text/amounts.ts';
import {
  numberCell,
  headerCell,
  textCell,
  type CellView,
  type HeadView,
  type TableView,
  withMinusSign,
} from './table.ts';

/** Below this number of clusters an interval is marked as rough (docs/metrics.md). */
const FEW_CLUSTERS = 10;

const ROUGH = '†';

export interface MetricTableRequest {
  readonly caption: string;
  /** Columns that may distinguish cells. */
  readonly columns: readonly string[];
  readonly cells: readonly CellResult[];
  readonly metrics: readonly string[];
}

/** Returns a table with one row a cell: every metric's value, interval and n. Undefined ones have a footnote. */
export function metricTable({caption, columns, cells, metrics}: MetricTableRequest): TableView {
  const shown = metrics.filter(id => cells.some(cell => find(cell, id)));
  const telling = distinguishingColumns(columns, cells);
  const marks = new Marks();
  const rows = sortForReading(cells, [...telling, ...columns]).map(cell => [
    ...cellLabelParts(cell, telling).map((label, i) => (i === 0 ? headerCell(label) : textCell(label))),
    telling.length === 0 ? headerCell(cell.stratum) : textCell(cell.stratum),
    numberCell(formatInteger(cell.conversations), describeMissing(cell)),
    ...shown.map(id => estimateCell(find(cell, id), marks)),
  ]);
  const head: HeadView[] = [
    ...[...telling, 'part'].map(name => ({text: name, isNumber: false})),
    ...['conversations', ...shown].map(name => ({text: name, isNumber: true})),
  ];
  return {caption, head, rows, notes: [...marks.notes(), ...noteUnknownMissing(cells), ...describeRefusals(cells)]};
}

function describeMissing({missing_questions: missing}: CellResult): string {
  if (missing === null) return '? missing';
  return missing > 0 ? `${formatInteger(missing)} missing` : '';
}

function find({estimates}: CellResult, id: string): CellEstimate | undefined {
  return estimates.find(estimate => estimate.id === id);
}

/** Also for tables that have one metric a row. */
export function estimateCell(estimate: CellEstimate | undefined, marks: Marks): CellView {
  if (!estimate) return numberCell('');
  const {value, interval, footnote} = describeMeasured({
    ...estimate,
    interval_reason: describeReason(estimate.interval_reason),
  });
  const n = `n = ${formatInteger(estimate.n)}`;
  if (footnote !== null) return numberCell(`${withMinusSign(value)} ${marks.markFor(footnote)}`, n);
  const rough = estimate.clusters < FEW_CLUSTERS ? ` ${marks.markRough()}` : '';
  return numberCell(withMinusSign(value), `${withMinusSign(interval)}${rough}\n${n}`);
}

/** Removes the number of draws, which differs from cell to cell; --explain gives it. */
export function describeReason(reason: string | null): string {
  return (reason ?? '').replace(/^not defined in \d+ of \d+ draws$/, 'not defined in more than 5 % of the draws');
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

/** Collects reasons as footnotes below a table, each once, marked with a letter. */
export class Marks {
  readonly #letters = new Map<string, string>();
  #isRough = false;

  markFor(reason: string): string {
    let letter = this.#letters.get(reason);
    if (letter === undefined) this.#letters.set(reason, (letter = footnoteLetter(this.#letters.size)));
    return `(${letter})`;
  }

  markRough(): string {
    this.#isRough = true;
    return ROUGH;
  }

  notes(): string[] {
    return [
      ...[...this.#letters].map(([reason, letter]) => `(${letter}) ${reason}`),
      ...(this.#isRough ? [`${ROUGH} fewer than ten clusters: a rough interval`] : []),
    ];
  }
}

/** a … z, then by number. */
function footnoteLetter(position: number): string {
  return position < 26 ? String.fromCharCode(97 + position) : String(position + 1);
}

/** Returns every metric of one cell, one a row. */
export function everyMetricTable(caption: string, {estimates}: CellResult): TableView {
  const marks = new Marks();
  const rows = estimates.map(estimate => {
    const {text: value, detail} = estimateCell(estimate, marks);
    return [
      headerCell(estimate.id),
      textCell(estimate.label),
      numberCell(value, detail),
      numberCell(formatInteger(estimate.clusters)),
      textCell(estimate.method),
    ];
  });
  return {
    caption,
    head: ['metric', 'meaning', 'value', 'clusters', 'interval by'].map(name => ({
      text: name,
      isNumber: name === 'value' || name === 'clusters',
    })),
    rows,
    notes: marks.notes(),
  };
}
