import type {Benchmark} from '../metrics/benchmark.ts';
import {scoreScope, stepScope} from '../metrics/count-conversation.ts';
import type {Round, Unit} from '../metrics/discussion/discussion.ts';
import {metricFamilies, type AnswerScope, type MetricFamily} from '../metrics/families.ts';
import type {Metric, Share} from '../metrics/metric.ts';
import {rangeOfDifference, type Range} from '../statistics/bounded-interval.ts';

/** A metric to compare, and how its differences are tested. */
export interface ComparedMetric extends AnswerScope {
  readonly id: string;
  /** Bounds of its differences. */
  readonly range: Range;
  /** The columns that it is computed from. */
  readonly columns: readonly string[];
  /**
   * `mean`: a share of answers, conversations or steps; its difference has a clustered error. `ratio`: anything else
   * that is computed from counts; the clusters are resampled. `fit`: a coefficient of the benchmark's regression over
   * columns that begin with `scope`.
   */
  readonly estimator:
    | {readonly kind: 'mean'; readonly metric: Metric; readonly share: Share}
    | {readonly kind: 'ratio'; readonly metric: Metric}
    | {readonly kind: 'fit'; readonly scope: string};
}

export interface Answers {
  readonly unit: Unit;
  readonly round: Round;
}

/** Returns the metric of that id, if the benchmark has it. Differences from controls are none: compare their cells. */
export function comparedMetric(id: string, benchmark: Benchmark, answers: Answers): ComparedMetric | undefined {
  return comparedMetrics(benchmark, answers, impliedColumns(id, answers)).find(metric => metric.id === id);
}

/** Returns the columns that were counted if there is a metric of that id by dose, agent, identity or position. */
function impliedColumns(id: string, {unit, round}: Answers): string[] {
  const [, size] = /^position:\d{1,2} (of \d{1,2})$/.exec(id) ?? [];
  return [
    `${stepScope()}dose_n:${id.slice('dose_response:'.length)}`,
    `${stepScope()}chances:${id.slice('influence:'.length)}`,
    ...(size === undefined ? [] : [`${scoreScope(unit, round)}position_n:${size}`]),
  ];
}

/** Returns all of a benchmark; those by dose, agent, identity and position only where their columns were counted. */
export function comparedMetrics(
  benchmark: Benchmark,
  answers: Answers,
  counted: readonly string[] = [],
): ComparedMetric[] {
  const {scores, ...others} = metricFamilies(benchmark, answers, counted);
  const scope = scoreScope(answers.unit, answers.round);
  const {coefficients = [], columns = []} = benchmark.regression ?? {};
  const fits = coefficients.map(({id, range}): ComparedMetric => ({
    id,
    ...scores.about,
    range: rangeOfDifference(range, range),
    columns: columns.map(column => scope + column),
    estimator: {kind: 'fit', scope},
  }));
  return [...compareFamily(scores), ...fits, ...Object.values(others).flatMap(compareFamily)];
}

function compareFamily({metrics, about}: MetricFamily): ComparedMetric[] {
  return metrics.map(metric => fromMetric(metric, about));
}

function fromMetric(metric: Metric, about: AnswerScope): ComparedMetric {
  const {id, columns, interval, share, range} = metric;
  const estimator =
    interval === 'proportion' && share ? ({kind: 'mean', metric, share} as const) : ({kind: 'ratio', metric} as const);
  return {id, columns, range: rangeOfDifference(range, range), ...about, estimator};
}
