import {seededRandom} from '../../core/random.ts';
import {clusterBootstrap, type ClusterCounts} from '../statistics/cluster-bootstrap.ts';
import {clusteredProportion} from '../statistics/clustered-proportion.ts';
import {TAIL, type Interval} from '../statistics/interval.ts';
import {percentile} from '../statistics/percentile.ts';
import type {CountTable} from './count-table.ts';
import type {Metric, Share} from './metric.ts';

/** A number with all that is needed to judge it. */
export interface Estimate {
  readonly id: string;
  readonly label: string;
  /** Null when it is not defined; then `reason` says why. */
  readonly value: number | null;
  readonly reason: string | null;
  /** Answers, conversations or chances that the value rests on. */
  readonly n: number;
  /** Groups that vary independently: templates, scenarios, decision questions. */
  readonly clusters: number;
  /** 95 %; null when it cannot be had; then `interval_reason` says why. */
  readonly interval: Interval | null;
  readonly interval_reason: string | null;
  readonly method: 'clustered Wilson' | 'cluster bootstrap' | 'clustered t';
  /** What it was computed from, summed. */
  readonly counts: Readonly<Record<string, number>>;
}

/** An estimate that is not computed from sums alone, with what each cluster adds to its error. */
export interface Fitted {
  readonly estimate: Estimate;
  /** As `Linearised` has them; null when there is no value. */
  readonly influences: ReadonlyMap<string, number> | null;
}

export interface EstimateOptions {
  /** Draws of the bootstrap. */
  readonly draws: number;
  /** Equal texts give equal intervals. */
  readonly seed: string;
}

/** As in the published DifferenceAwareness analysis. */
export const DEFAULT_DRAWS = 9_999;

/** A draw in which the value is not defined is left out; when more than this share is, the interval would be of something else. */
const MOST_UNDEFINED = 0.05;

/** The metrics over a table, each with its interval. Every bootstrapped metric sees the same draws. */
export function estimate(table: CountTable, metrics: readonly Metric[], options: EstimateOptions): Estimate[] {
  const totals = table.totals();
  const intervals = bootstrapIntervals(
    table,
    metrics.filter(({interval}) => interval === 'ratio'),
    options,
  );
  return metrics.map(metric => {
    const sums = metric.columns.map(column => totals.get(column) ?? 0);
    const value = metric.value(sums);
    const counts = Object.fromEntries(metric.columns.map((column, i) => [column, sums[i] ?? 0]));
    const clusters = table.byCluster(metric.columns);
    const base = {id: metric.id, label: metric.label, n: metric.n(sums), clusters: clusters.rows, counts};
    if (typeof value === 'string') {
      return {...base, value: null, reason: value, interval: null, interval_reason: value, method: methodOf(metric)};
    }
    const bounds = intervals.get(metric) ?? shareInterval(metric, clusters);
    return {...base, value, reason: null, ...bounds};
  });
}

function methodOf({interval}: Metric): Estimate['method'] {
  return interval === 'proportion' ? 'clustered Wilson' : 'cluster bootstrap';
}

type Bounds = Pick<Estimate, 'interval' | 'interval_reason' | 'method'>;

function shareInterval({share}: Metric, clusters: ClusterCounts): Bounds {
  const interval = share ? clusteredProportion(shares(share, clusters)) : null;
  const scale = share?.scale ?? (p => p);
  return {
    interval: interval && [scale(interval[0]), scale(interval[1])],
    interval_reason: interval ? null : 'fewer than two clusters',
    method: 'clustered Wilson',
  };
}

function* shares(share: Share, {rows, columns, values}: ClusterCounts): Generator<{successes: number; n: number}> {
  for (let row = 0; row < rows; row++) {
    const sums = values.subarray(row * columns, (row + 1) * columns);
    yield {successes: share.successes(sums), n: share.n(sums)};
  }
}

function bootstrapIntervals(
  table: CountTable,
  metrics: readonly Metric[],
  {draws, seed}: EstimateOptions,
): Map<Metric, Bounds> {
  const result = new Map<Metric, Bounds>();
  if (metrics.length === 0) return result;
  const columns = [...new Set(metrics.flatMap(metric => metric.columns))];
  const clusters = table.byCluster(columns);
  if (clusters.rows < 2) {
    const bounds: Bounds = {interval: null, interval_reason: 'fewer than two clusters', method: 'cluster bootstrap'};
    return new Map(metrics.map(metric => [metric, bounds]));
  }
  const drawn = metrics.map(metric => new DrawnValues(metric, columns, draws));
  clusterBootstrap(clusters, {draws, random: seededRandom(seed)}, sums => {
    for (const values of drawn) values.add(sums);
  });
  for (const values of drawn) result.set(values.metric, boundsOf(values.metric, values.sorted(), draws, table));
  return result;
}

/** The values of one metric in the draws in which it is defined. */
class DrawnValues {
  readonly metric: Metric;
  readonly #positions: readonly number[];
  readonly #own: Float64Array;
  readonly #values: Float64Array;
  #count = 0;

  constructor(metric: Metric, columns: readonly string[], draws: number) {
    this.metric = metric;
    this.#positions = metric.columns.map(column => columns.indexOf(column));
    this.#own = new Float64Array(metric.columns.length);
    this.#values = new Float64Array(draws);
  }

  add(sums: Float64Array): void {
    for (let i = 0; i < this.#own.length; i++) this.#own[i] = sums[this.#positions[i] ?? -1] ?? 0;
    const value = this.metric.value(this.#own);
    if (typeof value === 'number') this.#values[this.#count++] = value;
  }

  sorted(): Float64Array {
    return this.#values.subarray(0, this.#count).sort();
  }
}

function boundsOf(metric: Metric, sorted: Float64Array, draws: number, table: CountTable): Bounds {
  const method = 'cluster bootstrap';
  const undefinedDraws = draws - sorted.length;
  if (undefinedDraws > MOST_UNDEFINED * draws) {
    return {interval: null, interval_reason: `not defined in ${undefinedDraws} of ${draws} draws`, method};
  }
  const interval = [percentile(sorted, TAIL), percentile(sorted, 1 - TAIL)] as const;
  if ((sorted.at(-1) ?? 0) - (sorted[0] ?? 0) > 1e-12) return {interval, interval_reason: null, method};
  // Answers that are all alike would get an interval without width, as if nothing were uncertain.
  if (metric.share) return shareInterval(metric, table.byCluster(metric.columns));
  return {interval: null, interval_reason: 'all clusters agree: a bootstrap has nothing to vary', method};
}
