import {type Interval, studentInterval, studentTTwoSided} from './student-t.ts';

/** A value with each cluster's share of its error: the linear part of the value as a function of cluster sums. */
export interface Linearised {
  readonly value: number;
  /** By cluster. They add up to 0, and √(C/(C−1) · Σ influence²) is the value's clustered standard error. */
  readonly influences: ReadonlyMap<string, number>;
}

/** One question's (or a whole cluster's) part in a ratio of sums. */
export interface RatioPart {
  readonly cluster: string;
  readonly part: number;
  readonly of: number;
}

/**
 * Σ part / Σ of, a mean when `of` counts answers. With one answer a question on either side, the difference of two of
 * them has exactly the clustered standard error of the mean of the questions' differences; where questions have more
 * answers than others, it stays the difference of the two means.
 *
 * Sources: Woodruff 1971 (JASA 66:411) and Binder 1983 (Int. Stat. Rev. 51:279) for the linearisation; Miller 2024
 * (arXiv 2411.00640) §4.2 for paired differences with clusters.
 * @returns null when Σ of is 0.
 */
export function ratioOfSums(parts: Iterable<RatioPart>): Linearised | null {
  const clusters = new Map<string, {part: number; of: number}>();
  let [part, of] = [0, 0];
  for (const each of parts) {
    if (each.of === 0) continue;
    const sums = clusters.get(each.cluster) ?? {part: 0, of: 0};
    clusters.set(each.cluster, sums);
    sums.part += each.part;
    sums.of += each.of;
    part += each.part;
    of += each.of;
  }
  if (of === 0) return null;
  const value = part / of;
  const influences = new Map([...clusters].map(([name, sums]) => [name, (sums.part - value * sums.of) / of] as const));
  return {value, influences};
}

/** first − second; a cluster in both stays together, so that common variation cancels out. */
export function subtractLinearised(first: Linearised, second: Linearised): Linearised {
  const influences = new Map(first.influences);
  for (const [name, amount] of second.influences) influences.set(name, (influences.get(name) ?? 0) - amount);
  return {value: first.value - second.value, influences};
}

/** @throws RangeError without any. */
export function averageLinearised(values: readonly Linearised[]): Linearised {
  if (values.length === 0) throw new RangeError('the average of nothing');
  const influences = new Map<string, number>();
  for (const each of values) {
    for (const [name, amount] of each.influences) {
      influences.set(name, (influences.get(name) ?? 0) + amount / values.length);
    }
  }
  return {value: values.reduce((sum, {value}) => sum + value, 0) / values.length, influences};
}

export interface LinearisedTest {
  /** Null with fewer than two clusters, 0 when all clusters agree. */
  readonly standardError: number | null;
  /** Null also when all clusters agree: an interval without width would say that nothing is uncertain. */
  readonly interval: Interval | null;
  /** Two-sided, of "the value is 0". When all clusters agree 1 if they agree on 0, else null. */
  readonly pValue: number | null;
  readonly clusters: number;
}

/** Sums of counts that cancel out leave this much of rounding. */
export const ROUNDING = 1e-12;

/**
 * Interval and test by Student's t with C − 1 degrees of freedom.
 *
 * Source: Cameron & Miller 2015 (J. Human Resources 50:317) for the degrees of freedom and C/(C−1).
 */
export function testLinearised({value, influences}: Linearised): LinearisedTest {
  const clusters = influences.size;
  if (clusters < 2) return {standardError: null, interval: null, pValue: null, clusters};
  let squares = 0;
  for (const amount of influences.values()) squares += amount * amount;
  const standardError = Math.sqrt((clusters / (clusters - 1)) * squares);
  if (standardError < ROUNDING) {
    return {standardError: 0, interval: null, pValue: Math.abs(value) < ROUNDING ? 1 : null, clusters};
  }
  return {
    standardError,
    interval: studentInterval(value, standardError, clusters),
    pValue: studentTTwoSided(value / standardError, clusters - 1),
    clusters,
  };
}
