import {normalUpperTail, invertCdf} from './normal.ts';

/** Confidence level of every interval in this project. */
export const CONFIDENCE = 0.95;

/** The two-sided tail on each side: 0.025. */
export const TAIL = (1 - CONFIDENCE) / 2;

/** A confidence interval, both ends included. */
export type Interval = readonly [low: number, high: number];

/**
 * P(T > t) for Student's t with `df` > 0 degrees of freedom (`Infinity`: normal), with relative precision in the far
 * tail.
 *
 * Source: Abramowitz & Stegun 26.7.1.
 */
export function studentTUpperTail(t: number, df: number): number {
  if (df === Infinity) return normalUpperTail(t);
  if (t < 0) return 1 - studentTUpperTail(-t, df);
  const square = t * t;
  // Near 0 the argument of the second form comes close to 1, far out the first form is a difference from 1: both lose
  // digits there.
  if (square < 1) return 0.5 * (1 - incompleteBeta(square / (df + square), 0.5, df / 2));
  return 0.5 * incompleteBeta(df / (df + square), df / 2, 0.5);
}

/** P(|T| ≥ |t|): a two-sided p-value. */
export function studentTTwoSided(t: number, df: number): number {
  return 2 * studentTUpperTail(Math.abs(t), df);
}

/** The t that a share p of the distribution does not exceed, 0 < p < 1. */
export function studentTQuantile(p: number, df: number): number {
  return invertCdf(t => studentTUpperTail(-t, df), p);
}

/** Returns a value's t interval with C − 1 degrees of freedom. @param clusters C, at least 2. */
export function studentInterval(value: number, standardError: number, clusters: number): Interval {
  const half = studentTQuantile(1 - TAIL, clusters - 1) * standardError;
  return [value - half, value + half];
}

/**
 * The regularised incomplete beta function I_x(a, b), 0 ≤ x ≤ 1, a and b > 0.
 *
 * Sources: the continued fraction of Abramowitz & Stegun 26.5.8, evaluated by Lentz's method (Lentz 1976, as modified
 * by Thompson & Barnett 1986); the symmetry 26.5.2 keeps it on the side where it converges fast.
 */
export function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const logFront = logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x);
  return (Math.exp(logFront) / a) * lentz(x, a, b);
}

const TINY = 1e-300;

function lentz(x: number, a: number, b: number): number {
  let c = 1;
  let d = 1 / awayFromZero(1 - ((a + b) * x) / (a + 1));
  let value = d;
  for (let m = 1; m < 10_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / awayFromZero(1 + even * d);
    c = awayFromZero(1 + even / c);
    value *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / awayFromZero(1 + odd * d);
    c = awayFromZero(1 + odd / c);
    value *= d * c;
    if (Math.abs(d * c - 1) < 1e-16) break;
  }
  return value;
}

/** Lentz's method divides by these. */
function awayFromZero(value: number): number {
  return Math.abs(value) < TINY ? TINY : value;
}

/** Coefficients of Lanczos' approximation with g = 7, n = 9 (Godfrey 2001); 15 digits for positive arguments. */
const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
] as const;

/** ln Γ(x) for x > 0. */
function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  let sum: number = LANCZOS[0];
  for (let i = 1; i < LANCZOS.length; i++) sum += (LANCZOS[i] ?? 0) / (x - 1 + i);
  const t = x + 6.5;
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(t) - t + Math.log(sum);
}
