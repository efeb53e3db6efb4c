import {TAIL, type Interval, studentTQuantile} from './student-t.ts';
import {normalQuantile} from './normal.ts';

/** One cluster's share of a proportion. */
export interface ClusterShare {
  readonly successes: number;
  readonly n: number;
}

/**
 * Wilson's interval for a proportion of clustered answers: computed at the effective sample size n_eff = p(1 − p)/SE²,
 * SE the clustered standard error, and with the t quantile of C − 1 degrees of freedom. With one answer a cluster,
 * n_eff = n − 1, and the plain Wilson interval is taken.
 *
 * n_eff stays within C … n: clusters that agree by chance do not make answers worth more than one each, and where all
 * answers are equal (p = 0 or 1) nothing can be said about how alike a cluster's answers are, so each cluster counts
 * once.
 *
 * Sources: Korn & Graubard 1998 (Survey Methodology 24:193) for the effective size; Franco, Little, Louis & Slud 2019
 * (J. Surv. Stat. Methodol. 7:334) for Wilson's interval at it.
 * @returns null with fewer than two clusters.
 */
export function clusteredProportion(shares: Iterable<ClusterShare>): Interval | null {
  const clusters = [...shares].filter(({n}) => n > 0);
  if (clusters.length < 2) return null;
  const n = clusters.reduce((sum, share) => sum + share.n, 0);
  const p = clusters.reduce((sum, {successes}) => sum + successes, 0) / n;
  if (clusters.length === n) return wilson(p * n, n);
  const squares = clusters.reduce((sum, share) => sum + (share.successes - share.n * p) ** 2, 0);
  const error = clusteredError(squares, clusters.length, n) ?? 0;
  const effective = error === 0 ? 0 : (p * (1 - p)) / (error * error);
  const size = Math.min(n, Math.max(clusters.length, effective));
  return wilson(p * size, size, studentTQuantile(1 - TAIL, clusters.length - 1));
}

const Z = normalQuantile(1 - TAIL);

/**
 * Wilson's score interval of a proportion; never leaves 0…1 and has a width also at 0 and n.
 *
 * @param successes 0 … n; need not be whole (an effective sample size makes it fractional).
 * @param n > 0.
 * @param z the quantile that sets the width.
 * Source: Wilson 1927, JASA 22:209; advised below a few hundred rows by Bowyer et al. 2025 (arXiv 2503.01747).
 */
export function wilson(successes: number, n: number, z: number = Z): Interval {
  const p = successes / n;
  const z2 = z * z;
  const centre = (p + z2 / (2 * n)) / (1 + z2 / n);
  const half = (z / (1 + z2 / n)) * Math.sqrt((p * (1 - p)) / n + z2 / (4 * n * n));
  // Rounding must not leave a -1e-17 at the ends.
  return [p === 0 ? 0 : Math.max(0, centre - half), p === 1 ? 1 : Math.min(1, centre + half)];
}

/**
 * Returns the cluster-robust standard error of a mean, √(C/(C−1) · Σ_c(Σ_{i∈c}(s_i − s̄))²)/n; null with fewer than two
 * clusters.
 *
 * @param squares Σ_c of the squared sums of deviations.
 */
export function clusteredError(squares: number, clusters: number, n: number): number | null {
  return clusters < 2 ? null : Math.sqrt((clusters / (clusters - 1)) * squares) / n;
}
