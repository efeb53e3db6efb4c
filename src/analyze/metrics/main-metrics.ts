import type {Range} from '../statistics/bounded-interval.ts';
import {benchmarkNamed} from './benchmarks.ts';
import type {CellEstimate} from './cell-estimates.ts';
import {ENDING_METRICS} from './endings.ts';
import {metricFamilies} from './families.ts';
import type {MetricName} from './metric.ts';

/** Returns the ids of what tables show of a benchmark by default: its main scores and those of the discussion. */
export function listMainMetrics(benchmark: string): string[] {
  const {consensus, steps} = metricFamilies(benchmarkNamed(benchmark), {unit: 'agent', round: 'last'});
  const discussion = [...consensus.metrics, ...steps.metrics].filter(isMain);
  return [...listMainScores(benchmark), ...discussion].map(({id}) => id);
}

/** Returns the scores among them. */
export function listMainScores(benchmark: string): (MetricName & {readonly range: Range})[] {
  const {metrics, shares = [], regression} = benchmarkNamed(benchmark);
  return [...metrics, ...shares, ...(regression?.coefficients ?? [])].filter(isMain);
}

function isMain({isMain: main = false}: MetricName): boolean {
  return main;
}

/** Metrics that tables show of any benchmark where they occur: endings without answers, and replies without content. */
export const ENDING_METRIC_IDS: readonly string[] = ENDING_METRICS.map(({id}) => id);

/** Returns those that occur in some of the cells: columns of zeros are left out. */
export function occurringEndings(cells: readonly {readonly estimates: readonly CellEstimate[]}[]): string[] {
  const occurring = new Set(
    cells.flatMap(({estimates}) => estimates.filter(({value}) => value !== null && value > 0).map(({id}) => id)),
  );
  return ENDING_METRIC_IDS.filter(id => occurring.has(id));
}
