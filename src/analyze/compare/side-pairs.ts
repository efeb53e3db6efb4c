import {ratioOfSums, type Linearised} from '../statistics/linearised.ts';
import {mcnemarExact} from '../statistics/p-values.ts';
import type {ComparedMetric} from './compared-metric.ts';
import {pick} from './contributing.ts';
import type {McNemar} from './effect.ts';
import type {QuestionPair, PairedCells} from './pair-questions.ts';
import {CountTable} from '../metrics/count-table.ts';
import type {Fitted} from '../metrics/estimate.ts';

type MeanEstimator = Extract<ComparedMetric['estimator'], {readonly kind: 'mean'}>;

/** Returns a share on both sides, as `mac results` computes it on these questions, or why there is none. */
export function meanSides(
  pairs: readonly QuestionPair[],
  positions: readonly number[],
  {share, metric}: MeanEstimator,
): SidePair | string {
  const ratio = (side: 'first' | 'second'): Linearised | null =>
    ratioOfSums(
      pairs.map(pair => {
        const sums = pick(pair[side], positions);
        return {cluster: pair.cluster, part: share.successes(sums), of: share.n(sums)};
      }),
    );
  const [first, second] = [ratio('first'), ratio('second')];
  if (first && second) return {first, second};
  const side = first ? 'second' : 'first';
  const sums = positions.map((_, i) => pairs.reduce((sum, pair) => sum + (pick(pair[side], positions)[i] ?? 0), 0));
  const reason = metric.value(sums);
  return typeof reason === 'string' ? reason : 'nothing was counted';
}

/** Returns null where a question has several answers on a side, or fractions of one after averaging. */
export function testMcNemar(
  pairs: readonly QuestionPair[],
  positions: readonly number[],
  {share}: MeanEstimator,
): McNemar | null {
  let [onlyFirst, onlySecond] = [0, 0];
  for (const pair of pairs) {
    const [first, second] = [pick(pair.first, positions), pick(pair.second, positions)];
    const [n, otherN] = [share.n(first), share.n(second)];
    if ((n !== 0 && n !== 1) || (otherN !== 0 && otherN !== 1)) return null;
    if (n === 0 || otherN === 0) continue;
    const [one, other] = [share.successes(first), share.successes(second)];
    if ((one !== 0 && one !== 1) || (other !== 0 && other !== 1)) return null;
    onlyFirst += one > other ? 1 : 0;
    onlySecond += other > one ? 1 : 0;
  }
  return {only_first: onlyFirst, only_second: onlySecond, p_value: mcnemarExact(onlyFirst, onlySecond)};
}

/** A value under both conditions, with each cluster's influence on it. */
export interface SidePair {
  readonly first: Linearised;
  readonly second: Linearised;
}

/** Fits a benchmark's regression on both sides: coefficients by id (if any is compared), or why there are none. */
export function fitSides({benchmark, plan, pairs}: PairedCells): Map<string, SidePair | string> {
  const scopes = new Set(plan.metrics.flatMap(({estimator}) => (estimator.kind === 'fit' ? [estimator.scope] : [])));
  const result = new Map<string, SidePair | string>();
  for (const scope of scopes) {
    const fit = (side: 'first' | 'second'): readonly Fitted[] => {
      const table = new CountTable();
      for (const pair of pairs) {
        const count = table.counters(pair.question, pair.cluster)('');
        plan.columns.forEach((column, i) => count(column, pair[side][i] ?? 0));
      }
      return benchmark.regression?.fit(table, scope) ?? [];
    };
    const [first, second] = [fit('first'), fit('second')];
    first.forEach((one, i) => result.set(one.estimate.id, pairSides(one, second[i])));
  }
  return result;
}

function pairSides(first: Fitted, second: Fitted | undefined): SidePair | string {
  const [one, other] = [linearised(first), second ? linearised(second) : 'not fitted'];
  if (typeof one === 'string') return one;
  return typeof other === 'string' ? other : {first: one, second: other};
}

function linearised({estimate: {value, reason}, influences}: Fitted): Linearised | string {
  return value === null || !influences ? (reason ?? 'not fitted') : {value, influences};
}
