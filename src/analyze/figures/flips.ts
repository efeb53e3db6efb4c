import {benchmarkNamed} from '../metrics/benchmarks.ts';
import {flipMetrics} from '../metrics/discussion/flips.ts';
import type {CellResult} from '../score/cell-result.ts';
import {type Figure, arrangeViews, benchmarkFigure, drawFirst, estimateRow, wholeCells} from './figure.ts';
import {drawIntervalPanel} from './interval-panels.ts';

const COLUMNS = ['part', 'change', 'metric', 'value', 'ci_low', 'ci_high', 'n'] as const;

/** With more parts only the first are drawn. */
const MOST_PARTS = 12;

/** Draws how often answers changed from a round to the next, and into what, part by part of a benchmark. */
export function flipsByType(benchmark: string, cells: readonly CellResult[]): Figure | undefined {
  const metrics = flipMetrics(benchmarkNamed(benchmark));
  const rows = wholeCells(benchmark, cells).flatMap(cell =>
    metrics
      .map(({id, short = id}) => ({part: cell.stratum, change: short, ...estimateRow(cell, id)}))
      .filter(({n}) => n),
  );
  if (rows.length === 0) return undefined;
  const {drawn, note} = drawFirst([...new Set(rows.map(({part}) => part))], MOST_PARTS, 'parts');
  const most = Math.max(...rows.map(({value, ci_high: high}) => high ?? value ?? 0));
  const domain = [0, Math.min(1, Math.max(0.1, Math.ceil(most * 10) / 10))] as const;
  return benchmarkFigure({
    name: 'flips',
    benchmark,
    title: 'changes of answers by type',
    sentences: [
      'Share of all steps from a round to the next in which an agent changed its answer, and to what, with 95 % intervals.',
      'A change is counted once by right and wrong and once by what it is a change to.',
      note,
    ],
    columns: COLUMNS,
    rows,
    draw: arrangement => {
      const width = arrangement === 'wide' ? (drawn.length > 1 ? 165 : 330) : 150;
      const views = drawn.map(part => {
        const own = rows.filter(row => row.part === part).map(row => ({...row, label: row.change}));
        return drawIntervalPanel(
          {title: part, rows: own, domain, kind: 'share'},
          {width, showLabels: true, arrangement},
        );
      });
      return arrangeViews(arrangement, views);
    },
  });
}
