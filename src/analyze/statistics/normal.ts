import {invertCdf} from './quantile-of.ts';

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

/** The z with Φ(z) = p, for 0 < p < 1. */
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
