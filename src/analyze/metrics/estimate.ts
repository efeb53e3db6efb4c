import {transformedInterval, type Range} from '../statistics/bounded-interval.ts';
import {clusterBootstrap, DrawSpread, MOST_UNDEFINED, type ClusterCounts} from '../statistics/cluster-bootstrap.ts';
import {clusteredProportion} from '../statistics/clustered-proportion.ts';
import type {Interval} from '../statistics/student-t.ts';
import {ROUNDING} from '../statistics/linearised.ts';
import type {CountTable} from './count-table.ts';
import type {Metric, Share, Value} from './metric.ts';

/** A number with its uncertainty. */
export interface Estimate {
  readonly id: string;
  readonly label: string;
  /** Null when it is not defined; then `reason` says why. */
  readonly value: number | null;
  readonly reason: string | null;
  /** Number of answers, conversations or chances behind the value. */
  readonly n: number;
  /** Groups that vary independently: templates, scenarios, decision questions. */
  readonly clusters: number;
  /** 95 %; null if there is none; then `interval_reason` says why. */
  readonly interval: Interval | null;
  readonly interval_reason: string | null;
  /** The value if the metric's subject made no difference; for positions of answers. */
  readonly expected?: number;
  readonly method: 'clustered Wilson' | 'cluster bootstrap' | 'clustered t';
  /** The sums that it was computed from. */
  readonly counts: Readonly<Record<string, number>>;
}

/** An estimate that is not computed from sums alone, with what each cluster adds to its error. */
export interface Fitted {
  readonly estimate: Estimate;
  /** As `Linearised` has them; null when there is no value. */
  readonly influences: ReadonlyMap<string, number> | null;
  /** Bounds of the value. */
  readonly range: Range;
}

export interface EstimateOptions {
  /** Draws of the bootstrap. */
  readonly draws: number;
}

/** As in the published DifferenceAwareness analysis. */
export const DEFAULT_DRAWS = 9_999;

/**
 * Estimates the metrics over a table, each with its interval. Every bootstrapped metric sees the same draws, of all
 * clusters of the table; they are seeded by the clusters' names, so the same records give the same intervals and tables
 * with the same clusters share their draws.
 */
export function estimate(table: CountTable, metrics: readonly Metric[], {draws}: EstimateOptions): Estimate[] {
  const columns = [...new Set(metrics.flatMap(metric => metric.columns))];
  const counts = table.byCluster(columns);
  const chosen = metrics.map(metric => new MetricCounts(metric, columns, counts));
  const drawn = chosen
    .filter(
      ({metric, value, clusters}) => metric.interval === 'ratio' && typeof value === 'number' && clusters.rows > 1,
    )
    .map(({metric}) => metric);
  const ofDraws = drawValues(table, drawn, draws);
  return chosen.map(({metric, sums, value, clusters}) => {
    const base = {
      id: metric.id,
      label: metric.label,
      n: metric.n(sums),
      clusters: clusters.rows,
      counts: Object.fromEntries(metric.columns.map((column, i) => [column, sums[i] ?? 0])),
    };
    if (typeof value === 'string') {
      return {
        ...base,
        value: null,
        reason: value,
        interval: null,
        interval_reason: value,
        method: intervalMethod(metric),
      };
    }
    const values = ofDraws.get(metric);
    return {
      ...base,
      value,
      reason: null,
      ...(metric.expected ? {expected: metric.expected(sums)} : {}),
      ...(values ? computeBounds(value, values, clusters) : shareInterval(metric, clusters)),
    };
  });
}

/** The counts behind a metric. */
class MetricCounts {
  readonly metric: Metric;
  /** In the order of its columns. */
  readonly sums: Float64Array;
  readonly value: Value;
  /** Those that have anything in its columns. */
  readonly clusters: ClusterCounts;

  constructor(metric: Metric, columns: readonly string[], {rows, values}: ClusterCounts) {
    const width = metric.columns.length;
    const positions = metric.columns.map(column => columns.indexOf(column));
    const own = new Float64Array(rows * width);
    const sums = new Float64Array(width);
    let filled = 0;
    for (let row = 0; row < rows; row++) {
      let isEmpty = true;
      for (let i = 0; i < width; i++) {
        const count = values[row * columns.length + (positions[i] ?? 0)] ?? 0;
        own[filled * width + i] = count;
        sums[i] = (sums[i] ?? 0) + count;
        if (count !== 0) isEmpty = false;
      }
      if (!isEmpty) filled++;
    }
    this.metric = metric;
    this.sums = sums;
    this.value = metric.value(sums);
    this.clusters = {rows: filled, columns: width, values: own.subarray(0, filled * width)};
  }
}

function intervalMethod({interval}: Metric): Estimate['method'] {
  return interval === 'proportion' ? 'clustered Wilson' : 'cluster bootstrap';
}

type Bounds = Pick<Estimate, 'interval' | 'interval_reason' | 'method'>;

function shareInterval(metric: Metric, clusters: ClusterCounts): Bounds {
  const {share} = metric;
  const interval = share ? clusteredProportion(shares(share, clusters)) : null;
  const scale = share?.scale ?? (p => p);
  return {
    interval: interval && [scale(interval[0]), scale(interval[1])],
    interval_reason: interval ? null : 'fewer than two clusters',
    method: share ? 'clustered Wilson' : intervalMethod(metric),
  };
}

function* shares(share: Share, {rows, columns, values}: ClusterCounts): Generator<{successes: number; n: number}> {
  for (let row = 0; row < rows; row++) {
    const sums = values.subarray(row * columns, (row + 1) * columns);
    yield {successes: share.successes(sums), n: share.n(sums)};
  }
}

function drawValues(table: CountTable, metrics: readonly Metric[], draws: number): Map<Metric, DrawnValues> {
  const columns = [...new Set(metrics.flatMap(metric => metric.columns))];
  const drawn = metrics.map(metric => new DrawnValues(metric, columns, draws));
  if (drawn.length > 0) {
    const counts = table.byCluster(columns);
    clusterBootstrap(counts, {draws, seed: counts.names.join('\n')}, sums => {
      for (const values of drawn) values.add(sums);
    });
  }
  return new Map(drawn.map(values => [values.metric, values]));
}

/** The values of one metric, draw by draw. */
class DrawnValues {
  readonly metric: Metric;
  readonly draws: number;
  readonly #positions: readonly number[];
  readonly #own: Float64Array;
  readonly spread = new DrawSpread();

  constructor(metric: Metric, columns: readonly string[], draws: number) {
    this.metric = metric;
    this.draws = draws;
    this.#positions = metric.columns.map(column => columns.indexOf(column));
    this.#own = new Float64Array(metric.columns.length);
  }

  add(sums: Float64Array): void {
    for (let i = 0; i < this.#own.length; i++) this.#own[i] = sums[this.#positions[i] ?? -1] ?? 0;
    const value = this.metric.value(this.#own);
    if (typeof value === 'number') this.spread.add(value);
  }
}

/**
 * The draws give the standard error, times √(C/(C−1)), for resampling C clusters varies less than drawing them did; the
 * interval is t with C − 1 degrees of freedom on a scale on which the value's range has no ends. It holds the truth
 * more often than the draws' percentiles, at any number of clusters and most near the ends of the range
 * (bench/coverage.ts).
 */
function computeBounds(value: number, drawn: DrawnValues, clusters: ClusterCounts): Bounds {
  const method = 'cluster bootstrap';
  const {metric, draws, spread} = drawn;
  const undefinedDraws = draws - spread.count;
  if (undefinedDraws > MOST_UNDEFINED * draws) {
    return {interval: null, interval_reason: `not defined in ${undefinedDraws} of ${draws} draws`, method};
  }
  const error = spread.standardError(clusters.rows);
  if (error > ROUNDING) {
    return {interval: transformedInterval(value, error, clusters.rows, metric.range), interval_reason: null, method};
  }
  // Answers that are all alike would get an interval without width, as if nothing were uncertain.
  if (metric.share) return shareInterval(metric, clusters);
  return {interval: null, interval_reason: 'all clusters agree: a bootstrap has nothing to vary', method};
}
