import {clusteredMean} from './clustered-mean.ts';
import {TAIL, type Interval} from './interval.ts';
import {studentTQuantile, studentTTwoSided} from './student-t.ts';

/** One question answered under both conditions. */
export interface Pair {
  /** Questions of one cluster (a template, a scenario) do not vary freely. */
  readonly cluster: string;
  readonly first: number;
  readonly second: number;
}

export interface PairedDifference {
  /** Mean of first − second. */
  readonly difference: number;
  /** The rest is null with fewer than two clusters. */
  readonly standardError: number | null;
  readonly interval: Interval | null;
  /** Two-sided, of "no difference". Null also where every difference is equal. */
  readonly pValue: number | null;
  readonly n: number;
  readonly clusters: number;
}

/**
 * The mean difference of paired answers with clustered error, t interval and t test of C − 1 degrees of freedom.
 *
 * Source: Miller 2024 (arXiv 2411.00640) §4.2, paired differences; C − 1 degrees of freedom after Cameron & Miller 2015 (J. Human Resources 50:317).
 * @throws RangeError without a pair.
 */
export function pairedDifference(pairs: Iterable<Pair>): PairedDifference {
  const byCluster = new Map<string, number[]>();
  for (const {cluster, first, second} of pairs) {
    const members = byCluster.get(cluster);
    if (members) members.push(first - second);
    else byCluster.set(cluster, [first - second]);
  }
  const {mean, standardError, n, clusters} = clusteredMean(byCluster.values());
  if (standardError === null) {
    return {difference: mean, standardError, interval: null, pValue: null, n, clusters};
  }
  const half = studentTQuantile(1 - TAIL, clusters - 1) * standardError;
  return {
    difference: mean,
    standardError,
    interval: [mean - half, mean + half],
    pValue: standardError === 0 ? null : studentTTwoSided(mean / standardError, clusters - 1),
    n,
    clusters,
  };
}
