import {normalQuantile} from './normal.ts';
import {TAIL, type Interval} from './interval.ts';

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
