/**
 * The p-th quantile (0 ≤ p ≤ 1) of sorted values, linear between neighbours: h = (n − 1)p, as R's type 7 and NumPy's default.
 *
 * @param sorted ascending; at least one.
 * Source: Hyndman & Fan 1996, definition 7.
 */
export function percentile(sorted: ArrayLike<number>, p: number): number {
  const h = (sorted.length - 1) * p;
  const below = Math.floor(h);
  const low = sorted[below] ?? NaN;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] ?? NaN;
  return low + (h - below) * (high - low);
}
