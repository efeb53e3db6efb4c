import type {CellEstimate} from '../metrics/cell-estimates.ts';
import type {Round, Unit} from '../metrics/discussion/discussion.ts';
import {undefinedDifference, type Difference} from '../statistics/difference.ts';

/** The difference of one metric between two conditions, on the questions that both sides have. */
export interface Effect extends Difference {
  readonly id: string;
  readonly kind: CellEstimate['kind'];
  readonly unit: Unit | null;
  readonly round: Round | null;
  readonly method: 'clustered t' | 'cluster bootstrap';
  /** Questions that contribute, each once however many blocks it is in. */
  readonly questions: number;
  readonly clusters: number;
  /** Blocks in which it is defined on both sides. */
  readonly blocks: number;
  /** The exact test, ignoring clusters; present if every question has at most one answer on either side. */
  readonly mcnemar: McNemar | null;
}

export interface McNemar {
  readonly only_first: number;
  readonly only_second: number;
  readonly p_value: number;
}

/** The reason for having no interval: one without width would claim certainty. */
export const NO_VARIATION = 'all clusters show the same difference: nothing varies';

/** The fields that do not depend on the value. */
export type EffectFacts = Pick<Effect, 'id' | 'kind' | 'unit' | 'round' | 'questions' | 'clusters' | 'method'>;

/** Returns an effect without a value, with the reason. */
export function undefinedEffect(facts: EffectFacts, reason: string): Effect {
  return {...facts, ...undefinedDifference(reason), blocks: 0, mcnemar: null};
}
