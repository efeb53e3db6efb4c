import {CountTable} from '../metrics/count-table.ts';
import type {Fitted} from '../metrics/estimate.ts';
import type {Linearised} from '../statistics/linearised.ts';
import type {PairedCells} from './pair-questions.ts';

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
