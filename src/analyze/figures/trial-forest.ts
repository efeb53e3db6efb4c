import {formatInteger} from '../../core/text/amounts.ts';
import type {TrialCell, TrialEstimate} from '../trials/cells.ts';
import type {TrialResults} from '../trials/results.ts';
import {chooseTaskColumn} from '../trials/leaderboard.ts';
import {compareValues, valueLabel} from './cell-labels.ts';
import {slug, type Figure} from './figure.ts';
import {chooseDomain, drawIntervalPanel, type IntervalPanel, type IntervalRow} from './interval-panels.ts';
import {shortLabel} from './theme.ts';

/** With more rows a picture shows no more than a table. */
const MOST_ROWS = 64;
/** As many as fit beside each other. */
const MOST_PANELS = 3;
/** Metrics beyond are in the tables only. */
const MOST_FIGURES = 4;

const COLUMNS = ['cell', 'metric', 'value', 'ci_low', 'ci_high', 'n', 'seeds'] as const;

/** Draws means of metrics with their intervals, cell by cell, a few metrics a figure. */
export function drawTrialForests(results: TrialResults, metrics: readonly string[]): Figure[] {
  const drawn = metrics.filter(id => results.cells.some(cell => findEstimate(cell, id)?.value != null));
  const figures: Figure[] = [];
  for (let start = 0; start < drawn.length && figures.length < MOST_FIGURES; start += MOST_PANELS) {
    figures.push(drawForest(results, drawn.slice(start, start + MOST_PANELS)));
  }
  return figures;
}

function drawForest({cells: all, columns, selection}: TrialResults, metrics: readonly string[]): Figure {
  const task = chooseTaskColumn(columns);
  const sorted = task === undefined ? all : all.toSorted((a, b) => compareValues(a.cell[task], b.cell[task]));
  const cells = sorted.slice(0, MOST_ROWS);
  const others = columns.filter(column => column !== task || columns.length === 1);
  const groups = groupByTask(cells, others.length > 0 && columns.length > 1 ? task : undefined);
  const toRow = (cell: TrialCell, id: string): IntervalRow => ({label: labelCell(cell, others), ...readRow(cell, id)});
  const panelsOf = (own: readonly TrialCell[]): IntervalPanel[] =>
    metrics.map(id => ({
      title: shortLabel(id),
      rows: own.map(cell => toRow(cell, id)),
      // All tasks share an axis.
      domain: chooseDomain(
        cells.map(cell => toRow(cell, id)),
        'value',
      ),
      kind: 'value',
    }));
  const left = all.length - cells.length;
  return {
    name: `means-${slug(metrics.join('-'))}`,
    title: `${selection}: ${metrics.join(', ')}`,
    description: [
      'Means over the trials that succeeded, each with its 95 % interval from seed to seed.',
      'A circle without a line has no interval (one seed, no seeds, or seeds that all agree); – has no value.',
      left > 0 ? `${formatInteger(left)} more cells are not drawn.` : '',
    ]
      .filter(Boolean)
      .join(' '),
    columns: COLUMNS,
    rows: all.flatMap(cell =>
      metrics.map(id => {
        const {value, ci_low: low, ci_high: high} = readRow(cell, id);
        const estimate = findEstimate(cell, id);
        return [labelCell(cell, columns), id, value, low, high, estimate?.n ?? 0, estimate?.clusters ?? 0];
      }),
    ),
    draw: arrangement => ({
      vconcat: groups.map(group => {
        const title = group.title === '' ? {} : {title: {text: group.title, anchor: 'start', fontSize: 12}};
        const isWide = arrangement === 'wide';
        const width = isWide ? WIDTHS[metrics.length - 1] : 130;
        const panels = panelsOf(group.cells).map((each, i) =>
          drawIntervalPanel(each, {width: width ?? 130, showLabels: !isWide || i === 0, arrangement}),
        );
        return {...title, ...(isWide ? {spacing: 10, hconcat: panels} : {spacing: 8, vconcat: panels})};
      }),
    }),
  };
}

/** Widths of panels by their number. */
const WIDTHS: readonly number[] = [320, 220, 160];

function groupByTask(cells: readonly TrialCell[], task: string | undefined): {title: string; cells: TrialCell[]}[] {
  if (task === undefined) return [{title: '', cells: [...cells]}];
  const values = [...new Set(cells.map(({cell}) => cell[task]))];
  return values.map(value => ({title: valueLabel(value), cells: cells.filter(({cell}) => cell[task] === value)}));
}

function labelCell({cell}: TrialCell, columns: readonly string[]): string {
  return columns.length === 0 ? 'all' : columns.map(column => valueLabel(cell[column])).join(' · ');
}

function readRow(cell: TrialCell, id: string): Omit<IntervalRow, 'label'> {
  const estimate = findEstimate(cell, id);
  const [low = null, high = null] = estimate?.interval ?? [];
  return {value: estimate?.value ?? null, ci_low: low, ci_high: high};
}

function findEstimate({estimates}: TrialCell, id: string): TrialEstimate | undefined {
  return estimates.find(estimate => estimate.id === id);
}
