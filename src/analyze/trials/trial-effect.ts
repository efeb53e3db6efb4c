import {averageLinearised, ratioOfSums, subtractLinearised, testLinearised} from '../statistics/linearised.ts';
import type {Interval} from '../statistics/student-t.ts';
import {explainNoInterval} from './cells.ts';
import {readPair, type TrialBlock} from './pair-trials.ts';

/** Difference of a metric between two sides, first − second, with its uncertainty from seed to seed. */
export interface TrialEffect {
  readonly id: string;
  /** On the pairs of which both trials have it, averaged over blocks. Null when there is none. */
  readonly first: number | null;
  readonly second: number | null;
  /** Null when one side is; then `reason` says why. */
  readonly difference: number | null;
  readonly reason: string | null;
  readonly standard_error: number | null;
  /** 95 %, of the difference. */
  readonly interval: Interval | null;
  readonly interval_reason: string | null;
  /** Two-sided, of "no difference". */
  readonly p_value: number | null;
  readonly method: 'clustered t';
  /** Pairs of which both trials have it, and pairs of which one failed, is unfinished or did not report it. */
  readonly pairs: number;
  readonly unscored_pairs: number;
  /** Seeds of these pairs. */
  readonly clusters: number;
  readonly blocks: number;
}

/**
 * Estimates the average over blocks of first − second, each block counted alike, by pairs of equal seeds. Seeds are the
 * clusters, across blocks too: with one block this is the paired t test.
 */
export function estimateEffect(id: string, blocks: readonly TrialBlock[]): TrialEffect {
  const read = blocks.map(({pairs}) => pairs.flatMap(pair => readPair(pair, id) ?? []));
  const kept = blocks.flatMap(({pairs}) => pairs.filter(pair => readPair(pair, id)));
  const all = blocks.reduce((sum, {pairs}) => sum + pairs.length, 0);
  const facts = {id, method: 'clustered t' as const, pairs: kept.length, unscored_pairs: all - kept.length};
  const sides = read.flatMap(pairs => {
    const first = ratioOfSums(pairs.map(pair => pair.first));
    const second = ratioOfSums(pairs.map(pair => pair.second));
    return first && second ? [{first, second}] : [];
  });
  if (sides.length === 0) {
    const reason = all === 0 ? 'no trial has a counterpart' : 'in no pair did both trials succeed and report it';
    const none = {first: null, second: null, difference: null, standard_error: null, interval: null, p_value: null};
    return {...facts, ...none, reason, interval_reason: reason, clusters: 0, blocks: 0};
  }
  const difference = averageLinearised(sides.map(({first, second}) => subtractLinearised(first, second)));
  const {standardError, interval, pValue, clusters} = testLinearised(difference);
  return {
    ...facts,
    first: average(sides.map(({first}) => first.value)),
    second: average(sides.map(({second}) => second.value)),
    difference: difference.value,
    reason: null,
    standard_error: standardError,
    interval,
    interval_reason: interval
      ? null
      : explainNoDifferenceInterval(
          clusters,
          kept.flatMap(pair => pair.first),
        ),
    p_value: pValue,
    clusters,
    blocks: sides.length,
  };
}

function explainNoDifferenceInterval(...[clusters, rows]: Parameters<typeof explainNoInterval>): string {
  return clusters > 1 ? 'all seeds show the same difference: nothing varies' : explainNoInterval(clusters, rows);
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
