import type {CellEstimate} from '../../analyze/metrics/cell-estimates.ts';
import {listMainMetrics, occurringEndings} from '../../analyze/metrics/main-metrics.ts';
import {describeFinerMetrics} from '../../analyze/metrics/unknown-metric.ts';
import type {CellResult} from '../../analyze/score/cell-result.ts';
import type {Results} from '../../analyze/score/read-results.ts';
import {count, describeMeasured} from '../../core/text/amounts.ts';
import {formatTable} from './format.ts';
import {describeMissing, Reasons} from './missing.ts';

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
  const columns = distinguishingColumns(results, cells);
  const shown = metrics.filter(id => cells.some(({estimates}) => findEstimate(estimates, id)));
  const byRound = new Set(cells.map(({round}) => round)).size > 1;
  const reasons = new Reasons();
  const rows = cells.map(cell => [
    ...columns.map(name => cell.cell[name] ?? ''),
    cell.stratum,
    ...(byRound ? [String(cell.round)] : []),
    `${cell.conversations}${renderMissing(cell)}`,
    ...shown.map(id => renderEstimate(findEstimate(cell.estimates, id), reasons)),
  ]);
  const head = [...columns.map(shortName), 'part', ...(byRound ? ['round'] : []), 'conversations', ...shown];
  const round = byRound ? '' : `, round ${first?.round}`;
  const unknown = cells.some(({missing_questions: missing}) => missing === null)
    ? ['? missing: a question file cannot be read\n']
    : [];
  const refused = Object.entries(first?.refused ?? {}).map(([id, reason]) => `not given: ${id}: ${reason}\n`);
  const held = cells.map(({benchmark, metrics: ids}) => ({benchmark, ids}));
  const others = metrics
    .filter(id => !shown.includes(id) && first?.refused[id] === undefined)
    .flatMap(id => describeFinerMetrics(id, held))
    .map(text => `${text}\n`);
  const notes = reasons.lines();
  return [
    `${first?.benchmark}${round}\n`,
    formatTable([head, ...rows]),
    ...unknown,
    ...notes,
    ...refused,
    ...others,
  ].join('');
}

function renderMissing({missing_questions: missing}: CellResult): string {
  if (missing === null) return ' (? missing)';
  return missing > 0 ? ` (${missing} missing)` : '';
}

/** Returns the columns that differ; task names are long, so they are left out where parameters tell cells apart. */
function distinguishingColumns({columns}: Results, cells: readonly CellResult[]): string[] {
  const differing = columns.filter(name => new Set(cells.map(({cell}) => cell[name])).size > 1);
  const parameters = differing.filter(name => name !== 'task');
  const isTold =
    new Set(cells.map(cell => serializeKey(cell, parameters))).size ===
    new Set(cells.map(cell => serializeKey(cell, columns))).size;
  return isTold ? parameters : differing;
}

function serializeKey({cell, stratum}: CellResult, columns: readonly string[]): string {
  return JSON.stringify([stratum, ...columns.map(name => cell[name])]);
}

/** `agent_definitions.0.persona` → `0.persona`. */
export function shortName(path: string): string {
  return path.split('.').slice(-2).join('.');
}

function findEstimate(estimates: readonly CellEstimate[], id: string): CellEstimate | undefined {
  return estimates.find(estimate => estimate.id === id);
}

function renderEstimate(estimate: CellEstimate | undefined, reasons: Reasons): string {
  if (!estimate) return '';
  const {value, interval, footnote} = describeMeasured(estimate);
  if (footnote !== null) reasons.add(footnote, estimate.id);
  return interval === '' ? value : `${value} ${interval} (${estimate.n})`;
}

/** Renders the counts behind a metric, cell by cell. */
export function renderExplanation({cells}: Results, metric: string): string {
  const lines: string[] = [];
  for (const {cell, stratum, round, estimates} of cells) {
    const estimate = findEstimate(estimates, metric);
    if (!estimate) continue;
    lines.push([describeCell(cell), stratum, `round ${round}`].join('  '));
    lines.push(`  ${estimate.label}: ${renderEstimate(estimate, new Reasons())}`);
    if (estimate.reason !== null) lines.push(`  not defined: ${estimate.reason}`);
    else if (estimate.interval_reason !== null) lines.push(`  no interval: ${estimate.interval_reason}`);
    lines.push(`  ${estimate.method}, ${estimate.clusters} clusters, unit: ${estimate.unit ?? 'conversation'}`);
    for (const [column, counted] of Object.entries(estimate.counts))
      lines.push(`    ${column}  ${Number(counted.toFixed(4))}`);
  }
  return `${lines.join('\n')}\n`;
}
