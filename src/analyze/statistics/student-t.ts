import {incompleteBeta} from './incomplete-beta.ts';
import {TAIL, type Interval} from './interval.ts';
import {normalUpperTail, invertCdf} from './normal.ts';

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
