import {shellQuote} from '../../core/text/shell-quote.ts';
import {mixesPeersHidden} from '../select/controls.ts';
import {MIXED_WITH_CONTROL} from '../figures/figures.ts';
import {listMainMetrics} from '../metrics/main-metrics.ts';
import type {CellResult} from '../score/cell-result.ts';
import {valueLabel, sortForReading} from '../figures/cell-labels.ts';
import {endingTables, positionTable, type CellGroup, everyMetricTable, metricTable} from './metric-tables.ts';
import {effectTable, compareCommand} from './effect-table.ts';
import {isBenchmarkFactor} from './read/factors.ts';
import {MOST_LEVELS, MOST_TASKS_SHOWN, type ReportData} from './read/read-report.ts';
import {count, formatInteger} from '../../core/text/amounts.ts';
import type {Table} from '../../core/text/table.ts';

/** Tables that open with one click. */
export interface Folded {
  readonly title: string;
  readonly isOpen: boolean;
  readonly tables: readonly Table[];
}

/** The results of one benchmark. */
export interface BenchmarkSection {
  readonly benchmark: string;
  readonly anchor: string;
  /** A warning before tables that merge tasks; empty if there is none. */
  readonly mixture: string;
  readonly overall: Table;
  readonly folded: readonly Folded[];
  readonly limits: readonly string[];
}

/** Rows of one table: a longer one comes in several, each of which opens by itself. */
const ROWS_PER_TABLE = 100;

/** Most rows of a table that is open at once. */
const MOST_OPEN_ROWS = 30;

export function resultSections(data: ReportData): BenchmarkSection[] {
  const benchmarks = [...new Set(data.overall.cells.map(({benchmark}) => benchmark))].sort();
  return benchmarks.map((benchmark, i) => buildSection(benchmark, `results-${i + 1}`, data));
}

function buildSection(benchmark: string, anchor: string, data: ReportData): BenchmarkSection {
  const metrics = listMainMetrics(benchmark);
  const own = (cells: readonly CellResult[]): CellResult[] => cells.filter(cell => cell.benchmark === benchmark);
  const withoutParts = (cells: readonly CellResult[]): CellResult[] => own(cells).filter(({isPart}) => !isPart);
  const overall = metricTable({
    caption: `${benchmark}, all tasks together, last round`,
    columns: [],
    cells: own(data.overall.cells),
    metrics,
  });
  const rows = withoutParts(data.byCell?.cells ?? []);
  const factors = data.byFactor
    .map(({factor, results}) => ({name: factor.name, columns: results.columns, cells: withoutParts(results.cells)}))
    .filter(({name, cells}) => new Set(cells.map(({cell}) => cell[name])).size > 1)
    // Where nothing else varies, the levels are the cells.
    .filter(({cells}) => cells.length !== rows.length)
    .map(({name, columns, cells}): Folded => ({
      title: `By ${name}`,
      isOpen: cells.length <= MOST_OPEN_ROWS,
      tables: [metricTable({caption: `${benchmark} by ${name}, over all the rest`, columns, cells, metrics})],
    }));
  const groups: CellGroup[] = [
    {title: 'all tasks together', columns: [], cells: withoutParts(data.overall.cells)},
    ...data.byFactor
      .map(({factor, results}) => ({
        title: `by ${factor.name}`,
        columns: results.columns,
        cells: withoutParts(results.cells),
      }))
      .filter(({cells}) => cells.length > 1),
  ];
  return {
    benchmark,
    anchor,
    mixture: mixesPeersHidden(data.selection.tasks)
      ? `${MIXED_WITH_CONTROL} Rows over all tasks, and by another parameter than conversation_config.routing_strategy, mix them with the rest; cell by cell they stand apart, and in mac results ${shellQuote(data.asked.of)} --by conversation_config.routing_strategy.`
      : '',
    overall,
    folded: [
      ...endingSection(benchmark, groups),
      ...factors,
      ...effectTables(benchmark, data),
      ...cellTables(benchmark, rows, data),
      ...positionSection(benchmark, data, withoutParts(data.overall.cells)),
      ...everyMetric(benchmark, own(data.overall.cells)),
    ],
    limits: describeLimits(data),
  };
}

function endingSection(benchmark: string, groups: readonly CellGroup[]): Folded[] {
  const tables = endingTables(benchmark, groups);
  return tables.length > 0 ? [{title: 'How conversations ended', isOpen: true, tables}] : [];
}

function positionSection(benchmark: string, {overall}: ReportData, cells: readonly CellResult[]): Folded[] {
  const table = positionTable(benchmark, cells);
  const isOpen = overall.warnings.some(each => each.kind === 'position' && each.benchmark === benchmark);
  return table ? [{title: 'Answers by shown position', isOpen, tables: [table]}] : [];
}

function effectTables(benchmark: string, {effects, asked}: ReportData): Folded[] {
  return effects.byFactor.flatMap(each => {
    const table = effectTable(each, benchmark, asked);
    if (!table) return [];
    return [{title: `Effects of ${each.factor}`, isOpen: table.rows.length <= MOST_OPEN_ROWS, tables: [table]}];
  });
}

function cellTables(benchmark: string, cells: readonly CellResult[], data: ReportData): Folded[] {
  const {byCell} = data;
  if (!byCell || cells.length < 2) return [];
  const columns = byCell.columns;
  const ordered = sortForReading(cells, columns);
  const pages = Math.ceil(ordered.length / ROWS_PER_TABLE);
  return Array.from({length: pages}, (_, page) => {
    const part = ordered.slice(page * ROWS_PER_TABLE, (page + 1) * ROWS_PER_TABLE);
    const first = page * ROWS_PER_TABLE + 1;
    const range =
      pages > 1
        ? `, rows ${formatInteger(first)} to ${formatInteger(first + part.length - 1)} of ${formatInteger(ordered.length)}`
        : '';
    return {
      title: `Cell by cell (${count(part.length, 'row')})${range}`,
      isOpen: ordered.length <= MOST_OPEN_ROWS,
      tables: [
        metricTable({
          caption: `${benchmark}, cell by cell${range}`,
          columns,
          cells: part,
          metrics: listMainMetrics(benchmark),
        }),
      ],
    };
  });
}

function everyMetric(benchmark: string, cells: readonly CellResult[]): Folded[] {
  return sortForReading(cells, []).map(cell => ({
    title: `Every metric of ${valueLabel(cell.stratum)} (${formatInteger(cell.estimates.length)})`,
    isOpen: false,
    tables: [everyMetricTable(`${benchmark}, ${cell.stratum}: every metric, all tasks together`, cell)],
  }));
}

function describeLimits({byCell, factors, byFactor, effects, selection, asked}: ReportData): string[] {
  const left = factors.filter(
    each => !isBenchmarkFactor(each) && !byFactor.some(({factor}) => factor.name === each.name),
  );
  return [
    ...(byCell
      ? []
      : [
          `${count(selection.tasks.length, 'task')}: more than ${MOST_TASKS_SHOWN} are not listed one by one. mac results prints them all; mac report --by COLUMNS lists cells of your choice.`,
        ]),
    ...(left.length > 0
      ? [
          `Without a table of their own, because they have more than ${MOST_LEVELS} values or there are too many: ${left.map(({name}) => name).join(', ')}.`,
        ]
      : []),
    ...effects.left.map(
      ({factor, reason}) =>
        `Without a table of effects, because ${reason}: ${factor}. ${compareCommand({factor, baseline: null}, asked)} gives it.`,
    ),
  ];
}
