import type {Benchmark} from '../metrics/benchmark.ts';
import {changeMetric, type CellEstimate} from '../metrics/cell-estimates.ts';
import {consensusScope, scoreScope, stepScope} from '../metrics/count-conversation.ts';
import {CONFORMITY_METRICS, doseMetrics} from '../metrics/discussion/conformity.ts';
import {consensusMetrics} from '../metrics/discussion/consensus.ts';
import {ENDING_METRICS} from '../metrics/endings.ts';
import type {Round, Unit} from '../metrics/discussion/discussion.ts';
import {flipMetrics} from '../metrics/discussion/flips.ts';
import {influenceMetrics} from '../metrics/discussion/influence.ts';
import {positionMetrics} from '../metrics/positions.ts';
import {scoped, type Metric, type Share} from '../metrics/metric.ts';
import {rangeOfDifference, type Range} from '../statistics/bounded-interval.ts';

/** A metric of one benchmark that is to be compared, and how its differences are tested. */
export interface ComparedMetric extends Pick<CellEstimate, 'kind' | 'unit' | 'round'> {
  readonly id: string;
  /** Where its differences can lie. */
  readonly range: Range;
  /** What it needs to have counted. */
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

/**
 * The metric of that id; undefined where the benchmark has none. Differences from controls are no metrics here: their
 * cells can be compared themselves.
 */
export function comparedMetric(id: string, benchmark: Benchmark, answers: Answers): ComparedMetric | undefined {
  const known = comparedMetrics(benchmark, answers).find(metric => metric.id === id);
  if (known) return known;
  const {unit, round} = answers;
  const steps = [
    ...doseMetrics([`dose_n:${id.slice('dose_response:'.length)}`]),
    ...influenceMetrics([`chances:${id.slice('influence:'.length)}`]),
  ].map(metric => fromMetric(scoped(metric, stepScope()), {kind: 'discussion', unit: null, round: null}));
  const [, size] = /^position:\d{1,2} (of \d{1,2})$/.exec(id) ?? [];
  const positions = positionMetrics(size === undefined ? [] : [`position_n:${size}`]).map(metric =>
    fromMetric(scoped(metric, scoreScope(unit, round)), {kind: 'position', unit, round}),
  );
  return [...steps, ...positions].find(metric => metric.id === id);
}

/** All of a benchmark but those by dose, agent and identity, whose ids depend on the records. */
export function comparedMetrics(benchmark: Benchmark, {unit, round}: Answers): ComparedMetric[] {
  const scope = scoreScope(unit, round);
  const {coefficients = [], columns = []} = benchmark.regression ?? {};
  const fits = coefficients.map(({id, range}): ComparedMetric => ({
    id,
    range: rangeOfDifference(range, range),
    kind: 'score',
    unit,
    round,
    columns: columns.map(column => scope + column),
    estimator: {kind: 'fit', scope},
  }));
  const counted = (metrics: readonly Metric[], about: Pick<CellEstimate, 'kind' | 'unit' | 'round'>) =>
    metrics.map(metric => fromMetric(metric, about));
  return [
    ...counted(
      [...benchmark.metrics, ...(benchmark.shares ?? [])].map(metric => scoped(metric, scope)),
      {kind: 'score', unit, round},
    ),
    ...fits,
    ...counted(
      benchmark.metrics.map(metric => changeMetric(metric, unit)),
      {kind: 'change', unit, round: null},
    ),
    ...counted(
      consensusMetrics(benchmark).map(metric => scoped(metric, consensusScope(round))),
      {kind: 'discussion', unit: null, round},
    ),
    ...counted(
      [...flipMetrics(benchmark), ...CONFORMITY_METRICS].map(metric => scoped(metric, stepScope())),
      {kind: 'discussion', unit: null, round: null},
    ),
    ...counted(ENDING_METRICS, {kind: 'ending', unit: null, round: null}),
  ];
}

function fromMetric(metric: Metric, about: Pick<CellEstimate, 'kind' | 'unit' | 'round'>): ComparedMetric {
  const {id, columns, interval, share, range} = metric;
  const estimator =
    interval === 'proportion' && share ? ({kind: 'mean', metric, share} as const) : ({kind: 'ratio', metric} as const);
  return {id, columns, range: rangeOfDifference(range, range), ...about, estimator};
}
