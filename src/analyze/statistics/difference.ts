import {averageLinearised, subtractLinearised, testLinearised, type Linearised} from './linearised.ts';
import {holm} from './p-values.ts';
import type {Interval} from './student-t.ts';

/** A difference of one metric between two sides, first − second, with its uncertainty. */
export interface Difference {
  /** On what both sides have, averaged over blocks. Null when it is not defined in any block. */
  readonly first: number | null;
  readonly second: number | null;
  /** Null when one side is; then `reason` says why. */
  readonly difference: number | null;
  readonly reason: string | null;
  /** Of the difference (for a bootstrap, of the draws). Null with under two clusters or too many undefined draws. */
  readonly standard_error: number | null;
  /** 95 %, of the difference. */
  readonly interval: Interval | null;
  readonly interval_reason: string | null;
  /** Two-sided, of "no difference". */
  readonly p_value: number | null;
}

/** Returns a difference without a value, with the reason. */
export function undefinedDifference(reason: string): Difference {
  return {
    first: null,
    second: null,
    difference: null,
    reason,
    standard_error: null,
    interval: null,
    interval_reason: reason,
    p_value: null,
  };
}

/** A difference that is defined; why it may have no interval depends on what was compared. */
export interface AveragedDifference extends Omit<Difference, 'interval_reason'> {
  readonly difference: number;
  readonly clusters: number;
}

/** Averages first − second over blocks, each weighing the same. @throws RangeError without any. */
export function averageDifference(
  blocks: readonly {readonly first: Linearised; readonly second: Linearised}[],
): AveragedDifference {
  const difference = averageLinearised(blocks.map(({first, second}) => subtractLinearised(first, second)));
  const {standardError, interval, pValue, clusters} = testLinearised(difference);
  const average = (side: 'first' | 'second'): number =>
    blocks.reduce((sum, block) => sum + block[side].value, 0) / blocks.length;
  return {
    first: average('first'),
    second: average('second'),
    difference: difference.value,
    reason: null,
    standard_error: standardError,
    interval,
    p_value: pValue,
    clusters,
  };
}

/** The tests that are corrected for together. */
export interface Family {
  readonly method: 'Holm';
  readonly tests: number;
}

/** A difference with its p-value adjusted over all differences of a comparison that have one. */
export type Adjusted<Tested extends Difference> = Tested & {readonly p_holm: number | null};

/** Applies Holm's correction over everything that is shown. @returns what adjusts each of the differences. */
export function adjustTogether<Tested extends Difference>(
  shown: readonly Tested[],
): {readonly family: Family; readonly adjust: (difference: Tested) => Adjusted<Tested>} {
  const tested = shown.filter(({p_value: p}) => p !== null);
  const adjusted = holm(tested.map(({p_value: p}) => p ?? 1));
  const byDifference = new Map(tested.map((each, i) => [each, adjusted[i] ?? 1] as const));
  return {
    family: {method: 'Holm', tests: tested.length},
    adjust: difference => ({...difference, p_holm: byDifference.get(difference) ?? null}),
  };
}
