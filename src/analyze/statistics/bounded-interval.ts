import {type Interval, studentInterval} from './student-t.ts';

/** Bounds of a value, both included; ±Infinity for none. */
export type Range = readonly [low: number, high: number];

export const UNBOUNDED: Range = [-Infinity, Infinity];

/**
 * Returns a t interval that stays within the value's range: computed on a scale without ends, with the delta method's
 * error there, and carried back. The scale is the logit of the value's place between two ends (for −1…1 twice Fisher's
 * z), and the logarithm of its distance from a single end.
 *
 * Sources: Fisher 1915 (Biometrika 10:507) for correlations; Korn & Graubard 1999, Analysis of Health Surveys, §3.2,
 * and Stata's `svy: proportion` for logit intervals of clustered data with t quantiles; Oehlert 1992 (Am. Stat. 46:27)
 * for the delta method.
 * @param clusters at least 2: the degrees of freedom are one fewer.
 */
export function transformedInterval(value: number, standardError: number, clusters: number, range: Range): Interval {
  const scale = chooseScale(range);
  const [low, high] = range;
  // At an end the transformed value is infinite: a t interval that ends there as well is all that can be given.
  if (!scale || value <= low || value >= high) {
    return clippedInterval(value, studentInterval(value, standardError, clusters), range) ?? range;
  }
  const [from, to] = studentInterval(scale.to(value), standardError * scale.slope(value), clusters);
  return [scale.from(from), scale.from(to)];
}

/**
 * Returns an interval as far as it lies in the value's range. What is cut off cannot be the true value, so a t interval
 * holds it as often as before, and it leaves out 0 exactly where the t test does.
 *
 * @returns null for a value outside of its range, as least squares can give it; then `OUT_OF_RANGE` says why.
 */
export function clippedInterval(value: number, [from, to]: Interval, [low, high]: Range): Interval | null {
  return value < low || value > high ? null : [Math.max(low, from), Math.min(high, to)];
}

export const OUT_OF_RANGE = 'the value lies outside of the range of such differences: there are too few answers for it';

/** A scale without ends; undefined where the range has none itself. */
interface Scale {
  readonly to: (value: number) => number;
  readonly from: (transformed: number) => number;
  /** The derivative of `to`. */
  readonly slope: (value: number) => number;
}

function chooseScale([low, high]: Range): Scale | undefined {
  const width = high - low;
  if (Number.isFinite(width)) {
    return {
      to: value => Math.log((value - low) / (high - value)),
      from: transformed => low + width / (1 + Math.exp(-transformed)),
      slope: value => width / ((value - low) * (high - value)),
    };
  }
  if (!Number.isFinite(low)) return undefined;
  return {
    to: value => Math.log(value - low),
    from: transformed => low + Math.exp(transformed),
    slope: value => 1 / (value - low),
  };
}

/** Returns where a difference of two values can lie. */
export function rangeOfDifference(first: Range, second: Range): Range {
  return [first[0] - second[1], first[1] - second[0]];
}
