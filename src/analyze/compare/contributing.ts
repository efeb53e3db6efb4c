import type {Sums} from '../metrics/metric.ts';
import type {MetricPlan} from './cell-counts.ts';
import type {ComparedMetric} from './compared-metric.ts';
import type {EffectFacts} from './effect.ts';
import type {PairedCells, QuestionPair} from './pair-questions.ts';

/** Returns the positions of a metric's columns in the plan. */
export function locateColumns({columns}: ComparedMetric, plan: MetricPlan): number[] {
  return columns.map(column => plan.columns.indexOf(column));
}

/** Returns the sums in the columns of one metric. */
export function pick(sums: Sums, positions: readonly number[]): Float64Array {
  return Float64Array.from(positions, position => sums[position] ?? 0);
}

/** Counts the questions with anything in the metric's columns on either side, and their clusters. */
export function collectFacts(metric: ComparedMetric, blocks: readonly PairedCells[]): Omit<EffectFacts, 'method'> {
  const {id, kind, unit, round} = metric;
  const questions = new Set<string>();
  const clusters = new Set<string>();
  for (const {pairs, plan} of blocks) {
    const positions = locateColumns(metric, plan);
    for (const pair of pairs) {
      if (!contributes(pair, positions)) continue;
      questions.add(pair.question.question_id);
      clusters.add(pair.cluster);
    }
  }
  return {id, kind, unit, round, questions: questions.size, clusters: clusters.size};
}

function contributes({first, second}: QuestionPair, positions: readonly number[]): boolean {
  return positions.some(position => (first[position] ?? 0) !== 0 || (second[position] ?? 0) !== 0);
}
