import {listMainMetrics, occurringEndings} from '../../analyze/metrics/main-metrics.ts';
import {describeFinerMetrics} from '../../analyze/metrics/unknown-metric.ts';
import {type CellResult, cellColumns, keepEstimated} from '../../analyze/score/cell-result.ts';
import type {Results} from '../../analyze/score/read-results.ts';
import {differingColumns} from '../../analyze/figures/cell-labels.ts';
import {count} from '../../core/text/amounts.ts';
import {tabulate} from '../../core/text/table.ts';
import {describeMissing} from './missing.ts';
import {renderTable, writeMeasured} from './text-table.ts';

/** Most cells without rows that a message lists. */
const MAX_LISTED = 10;

/** Renders one table for each benchmark, with one row for each cell: `value [95 % interval] (n)`. */
export function renderResults(
  results: Results,
  {metrics, parts}: {readonly metrics: readonly string[] | undefined; readonly parts: boolean},
): string {
  const cells = results.cells.filter(({isPart}) => parts || !isPart);
  const benchmarks = [...new Set(cells.map(({benchmark}) => benchmark))];
  const tables = benchmarks.map(benchmark => {
    const own = cells.filter(cell => cell.benchmark === benchmark);
    return renderBenchmark(results, own, metrics ?? [...listMainMetrics(benchmark), ...occurringEndings(own)]);
  });
  return [renderHead(results), ...tables, ...renderWarnings(results)].join('\n');
}

function renderWarnings({warnings}: Results): string[] {
  const lines = warnings.map(({benchmark, message, hint}) => `warning: ${benchmark}: ${message}\n  hint: ${hint}\n`);
  return lines.length > 0 ? [lines.join('')] : [];
}

/** Yields everything as JSON (`mac.results/1`), cell by cell: tens of thousands exceed one text. */
export function* renderResultsJson({cells, ...about}: Results, draws: number): Generator<string> {
  const text = JSON.stringify({schema: 'mac.results/1', draws, ...about, cells: []}, null, 2);
  yield text.slice(0, text.lastIndexOf(']'));
  for (const [i, {metrics: _known, isPart: _isPart, ...cell}] of cells.entries()) {
    yield `${i > 0 ? ',' : ''}\n    ${JSON.stringify(cell, null, 2).replaceAll('\n', '\n    ')}`;
  }
  yield `${cells.length > 0 ? '\n  ' : ''}]\n}\n`;
}

function renderHead(results: Results): string {
  const {selection, tasks, missing_tasks: missing, idle_grids: idle, cells, unknown_cells: unknown, unit} = results;
  const begun = `${selection}: ${count(tasks, 'task')} with results`;
  const lines = [missing.length > 0 ? `${begun}, ${missing.length} without any` : begun];
  lines.push(...describeMissing(missing, idle));
  for (const {cell, reason} of unknown.slice(0, MAX_LISTED)) lines.push(`  no row: ${describeCell(cell)}: ${reason}`);
  if (unknown.length > MAX_LISTED) lines.push(`  … and ${unknown.length - MAX_LISTED} more`);
  if (cells.every(({conversations}) => conversations === 0)) lines.push('no conversation could be scored');
  if (cells.length > 0) lines.push(`unit of answer: ${unit}; values with 95 % intervals and (n)`);
  return `${lines.join('\n')}\n`;
}

function describeCell(cell: CellResult['cell']): string {
  return Object.entries(cell)
    .map(([name, value]) => `${name}=${value}`)
    .join('  ');
}

function renderBenchmark(results: Results, cells: readonly CellResult[], metrics: readonly string[]): string {
  const [first] = cells;
  const shown = keepEstimated(metrics, cells);
  const byRound = new Set(cells.map(({round}) => round)).size > 1;
  const isUnknown = cells.some(({missing_questions: missing}) => missing === null);
  const held = cells.map(({benchmark, metrics: ids}) => ({benchmark, ids}));
  const others = metrics.filter(id => !shown.includes(id) && first?.refused[id] === undefined);
  const table = tabulate(cells, cellColumns(differingColumns(results.columns, cells), shown, {byRound}), {
    caption: `${first?.benchmark}${byRound ? '' : `, round ${first?.round}`}`,
    leadingNotes: isUnknown ? ['? missing: a question file cannot be read'] : [],
    notes: [
      ...Object.entries(first?.refused ?? {}).map(([id, reason]) => `not given: ${id}: ${reason}`),
      ...others.flatMap(id => describeFinerMetrics(id, held)),
    ],
  });
  return renderTable(table);
}

/** Renders the counts behind a metric, cell by cell. */
export function renderExplanation({cells}: Results, metric: string): string {
  const lines: string[] = [];
  for (const {cell, stratum, round, estimates} of cells) {
    const estimate = estimates.find(({id}) => id === metric);
    if (!estimate) continue;
    lines.push([describeCell(cell), stratum, `round ${round}`].join('  '));
    lines.push(`  ${estimate.label}: ${writeMeasured(estimate)}`);
    if (estimate.reason !== null) lines.push(`  not defined: ${estimate.reason}`);
    else if (estimate.interval_reason !== null) lines.push(`  no interval: ${estimate.interval_reason}`);
    lines.push(`  ${estimate.method}, ${estimate.clusters} clusters, unit: ${estimate.unit ?? 'conversation'}`);
    for (const [column, counted] of Object.entries(estimate.counts))
      lines.push(`    ${column}  ${Number(counted.toFixed(4))}`);
  }
  return `${lines.join('\n')}\n`;
}
