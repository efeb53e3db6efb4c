/** Averages of differences that cancel out leave this much. */
const ROUNDING = 1e-12;

/**
 * A two-sided p-value of "the value is 0" from bootstrap draws: twice the smaller share of draws on either side of 0, that is the smallest α whose
 * percentile interval leaves 0 out. One is added above and below, so that no p is smaller than the draws can tell: 2/(draws + 1).
 *
 * Sources: Efron & Tibshirani 1993, §15.4 (an interval inverted into a test); Davison & Hinkley 1997, §4.2 for the added one.
 */
export function bootstrapPValue(draws: ArrayLike<number>): number {
  let [low, high] = [0, 0];
  for (let i = 0; i < draws.length; i++) {
    const value = draws[i] ?? NaN;
    if (value <= ROUNDING) low++;
    if (value >= -ROUNDING) high++;
  }
  return Math.min(1, (2 * (1 + Math.min(low, high))) / (draws.length + 1));
}

/** The smallest p-value that so many draws can give. */
export function smallestPValue(draws: number): number {
  return 2 / (draws + 1);
}
