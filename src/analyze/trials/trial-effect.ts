import {averageDifference, undefinedDifference, type Difference} from '../statistics/difference.ts';
import {ratioOfSums} from '../statistics/linearised.ts';
import {explainNoInterval} from './cells.ts';
import {readPair, type TrialBlock} from './pair-trials.ts';
import type {TrialRow} from './trial-row.ts';

/** The difference of a metric between two sides, on the pairs of which both trials have it. */
export interface TrialEffect extends Difference {
  readonly id: string;
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
    return {...facts, ...undefinedDifference(reason), clusters: 0, blocks: 0};
  }
  const {p_value, clusters, ...difference} = averageDifference(sides);
  const rows = kept.flatMap(pair => pair.first);
  return {
    ...facts,
    ...difference,
    interval_reason: difference.interval ? null : explainNoDifferenceInterval(clusters, rows),
    p_value,
    clusters,
    blocks: sides.length,
  };
}

function explainNoDifferenceInterval(clusters: number, rows: readonly TrialRow[]): string {
  return clusters > 1 ? 'all seeds show the same difference: nothing varies' : explainNoInterval(clusters, rows);
}
