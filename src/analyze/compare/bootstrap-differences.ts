import type {Metric, Value} from '../metrics/metric.ts';
import {clippedInterval} from '../statistics/bounded-interval.ts';
import {clusterBootstrap, DrawSpread, MOST_UNDEFINED, type ClusterCounts} from '../statistics/cluster-bootstrap.ts';
import {ROUNDING} from '../statistics/linearised.ts';
import {studentInterval, studentTTwoSided} from '../statistics/student-t.ts';
import type {ComparedMetric} from './compared-metric.ts';
import {collectFacts, locateColumns} from './contributing.ts';
import {NO_VARIATION, undefinedEffect, type Effect} from './effect.ts';
import type {PairedCells} from './pair-questions.ts';

export interface BootstrapOptions {
  readonly draws: number;
  /** Equal texts give equal intervals. */
  readonly seed: string;
}

/**
 * Estimates effects on metrics that are not means. Resamples whole clusters, the same ones on both sides and in all
 * blocks, and recomputes everything on both sides. The draws give the standard error, times √(C/(C−1)), for a bootstrap
 * divides by C; interval and test are t with C − 1 degrees of freedom, clipped to the range. With twenty to fifty
 * clusters they keep their coverage, where the draws' percentiles are too narrow (bench/coverage.ts).
 *
 * Sources: Efron & Tibshirani 1993, ch. 6 (the error) and 12 (t intervals); Field & Welsh 2007 (J. R. Statist. Soc. B
 * 69:369) for clusters; Cameron, Gelbach & Miller 2008 (Rev. Econ. Stat. 90:414) for few of them.
 */
export function bootstrapDifferences(
  blocks: readonly PairedCells[],
  {draws, seed}: BootstrapOptions,
): Map<ComparedMetric, Effect> {
  const [some] = blocks;
  const metrics = (some?.plan.metrics ?? []).flatMap(compared =>
    compared.estimator.kind === 'ratio' ? [new DrawnMetric(compared, compared.estimator.metric, blocks)] : [],
  );
  if (metrics.length === 0) return new Map();
  const clusters = clusterCounts(blocks);
  if (clusters.rows > 1) {
    clusterBootstrap(clusters, {draws, seed}, sums => {
      for (const metric of metrics) metric.add(sums);
    });
  }
  return new Map(metrics.map(metric => [metric.compared, metric.effect()]));
}

/** Returns one row a cluster, in fixed order: for every block the plan's columns of the first side, then the second. */
function clusterCounts(blocks: readonly PairedCells[]): ClusterCounts {
  const names = new Set(blocks.flatMap(({pairs}) => pairs.map(({cluster}) => cluster)));
  const rows = new Map([...names].sort().map((name, row) => [name, row] as const));
  const width = blocks[0]?.plan.columns.length ?? 0;
  const columns = 2 * width * blocks.length;
  const values = new Float64Array(rows.size * columns);
  for (const [block, {pairs}] of blocks.entries()) {
    for (const {cluster, first, second} of pairs) {
      const start = (rows.get(cluster) ?? 0) * columns + 2 * width * block;
      for (let i = 0; i < width; i++) {
        values[start + i] = (values[start + i] ?? 0) + (first[i] ?? 0);
        values[start + width + i] = (values[start + width + i] ?? 0) + (second[i] ?? 0);
      }
    }
  }
  return {rows: rows.size, columns, values};
}

/** Collects the average difference of one metric, draw by draw. */
class DrawnMetric {
  readonly compared: ComparedMetric;
  readonly #metric: Metric;
  readonly #blocks: readonly PairedCells[];
  readonly #positions: readonly number[];
  readonly #width: number;
  readonly #own: Float64Array;
  #draws = 0;
  readonly #spread = new DrawSpread();
  #undefinedValues = 0;
  /** The blocks in which the metric is defined before resampling. */
  readonly #usable: readonly {readonly block: number; readonly first: number; readonly second: number}[];
  #reason = '';

  constructor(compared: ComparedMetric, metric: Metric, blocks: readonly PairedCells[]) {
    this.compared = compared;
    this.#metric = metric;
    this.#blocks = blocks;
    const [some] = blocks;
    this.#positions = some ? locateColumns(compared, some.plan) : [];
    this.#width = some?.plan.columns.length ?? 0;
    this.#own = new Float64Array(this.#positions.length);
    this.#usable = blocks.flatMap(({pairs}, block) => {
      const totals = new Float64Array(2 * this.#width);
      for (const {first, second} of pairs) {
        for (let i = 0; i < this.#width; i++) {
          totals[i] = (totals[i] ?? 0) + (first[i] ?? 0);
          totals[this.#width + i] = (totals[this.#width + i] ?? 0) + (second[i] ?? 0);
        }
      }
      const [one, other] = [this.#valueAt(totals, 0), this.#valueAt(totals, this.#width)];
      if (typeof one === 'number' && typeof other === 'number') return [{block, first: one, second: other}];
      this.#reason = typeof one === 'string' ? one : String(other);
      return [];
    });
  }

  #valueAt(sums: Float64Array, start: number): Value {
    for (let i = 0; i < this.#own.length; i++) this.#own[i] = sums[start + (this.#positions[i] ?? -1)] ?? 0;
    return this.#metric.value(this.#own);
  }

  /** @param sums laid out as `clusterCounts` does. */
  add(sums: Float64Array): void {
    let [sum, count] = [0, 0];
    for (const {block} of this.#usable) {
      const start = 2 * this.#width * block;
      const first = this.#valueAt(sums, start);
      const second = typeof first === 'number' ? this.#valueAt(sums, start + this.#width) : first;
      if (typeof first === 'number' && typeof second === 'number') {
        sum += first - second;
        count++;
      } else {
        this.#undefinedValues++;
      }
    }
    this.#draws++;
    if (count > 0) this.#spread.add(sum / count);
  }

  effect(): Effect {
    const facts = {...collectFacts(this.compared, this.#blocks), method: 'cluster bootstrap' as const};
    const usable = this.#usable;
    if (usable.length === 0) return undefinedEffect(facts, this.#reason);
    const average = (read: (each: (typeof usable)[number]) => number): number =>
      usable.reduce((sum, each) => sum + read(each), 0) / usable.length;
    const [first, second] = [average(each => each.first), average(each => each.second)];
    const difference = average(each => each.first - each.second);
    return {
      ...facts,
      first,
      second,
      difference,
      reason: null,
      blocks: usable.length,
      mcnemar: null,
      ...this.#test(difference, facts.clusters),
    };
  }

  #test(
    difference: number,
    clusters: number,
  ): Pick<Effect, 'standard_error' | 'interval' | 'interval_reason' | 'p_value'> {
    const none = {standard_error: null, interval: null, p_value: null};
    if (clusters < 2) return {...none, interval_reason: 'fewer than two clusters'};
    const values = this.#draws * this.#usable.length;
    if (this.#undefinedValues > MOST_UNDEFINED * values) {
      return {...none, interval_reason: `not defined in ${this.#undefinedValues} of ${values} draws`};
    }
    const error = this.#spread.standardError(clusters);
    if (!(error > ROUNDING)) {
      return {
        standard_error: 0,
        interval: null,
        interval_reason: NO_VARIATION,
        p_value: Math.abs(difference) < ROUNDING ? 1 : null,
      };
    }
    return {
      standard_error: error,
      interval: clippedInterval(difference, studentInterval(difference, error, clusters), this.compared.range),
      interval_reason: null,
      p_value: studentTTwoSided(difference / error, clusters - 1),
    };
  }
}
