import {clusteredError} from '../../src/analyze/statistics/clustered-proportion.ts';

/** The mean of values that come in clusters, and how far it may be off. */
export interface ClusteredMean {
  readonly mean: number;
  /** Null with fewer than two clusters: nothing varies. */
  readonly standardError: number | null;
  readonly n: number;
  readonly clusters: number;
}

/**
 * The mean with its cluster-robust standard error √(C/(C−1) · Σ_c(Σ_{i∈c}(s_i − s̄))²)/n; with one value a cluster it
 * is the usual s/√n.
 *
 * @param values by cluster; clusters without a value do not count. Source: Miller 2024 (arXiv 2411.00640), with the
 * small-sample factor C/(C−1) that Inspect's `stderr(cluster=)` has and Miller leaves out.
 * @throws RangeError without any value.
 */
export function clusteredMean(values: Iterable<readonly number[]>): ClusteredMean {
  const clusters = [...values].filter(({length}) => length > 0);
  const n = clusters.reduce((sum, {length}) => sum + length, 0);
  if (n === 0) throw new RangeError('the mean of nothing');
  const mean = clusters.reduce((sum, cluster) => sum + total(cluster), 0) / n;
  const squares = clusters.reduce((sum, cluster) => sum + (total(cluster) - cluster.length * mean) ** 2, 0);
  return {mean, standardError: clusteredError(squares, clusters.length, n), n, clusters: clusters.length};
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
