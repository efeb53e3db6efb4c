/**
 * P(Z > x) for a standard normal Z, with full relative precision in the far tail (1 − Φ(x) would have lost it).
 *
 * Sources: Abramowitz & Stegun 26.2.29 with 7.1.6 (series) below 2 and 7.1.14 (continued fraction) from there.
 */
export function normalUpperTail(x: number): number {
  if (x < 0) return 1 - normalUpperTail(-x);
  return 0.5 * erfc(x / Math.SQRT2);
}

/** Φ(x). */
export function normalCdf(x: number): number {
  return normalUpperTail(-x);
}

/** Returns the z with Φ(z) = p, for 0 < p < 1. */
export function normalQuantile(p: number): number {
  return invertCdf(normalCdf, p);
}

/** The complementary error function for x ≥ 0. */
function erfc(x: number): number {
  return x < 2 ? 1 - erfSeries(x) : erfcFraction(x);
}

/** All terms are positive, so nothing cancels. */
function erfSeries(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; term > sum * 1e-17; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return ((2 * sum) / Math.sqrt(Math.PI)) * Math.exp(-x * x);
}

/** Evaluated from a fixed depth upwards; 60 levels give all digits from x = 2. */
function erfcFraction(x: number): number {
  let fraction = 0;
  for (let k = 60; k > 0; k--) fraction = k / 2 / (x + fraction);
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / (x + fraction);
}

/**
 * The x with cdf(x) = p by bisection: slower than a formula, right to the last digits for any increasing distribution
 * function around zero.
 *
 * @param p strictly between 0 and 1.
 * @throws RangeError for another p.
 */
export function invertCdf(cdf: (x: number) => number, p: number): number {
  if (!(p > 0 && p < 1)) throw new RangeError(`a quantile needs 0 < p < 1, got ${p}`);
  let low = -1;
  let high = 1;
  while (cdf(low) > p) low *= 2;
  while (cdf(high) < p) high *= 2;
  for (let step = 0; step < 200; step++) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) break;
    if (cdf(middle) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
