import type {CellEstimate} from '../metrics/cell-estimates.ts';
import type {Round, Unit} from '../metrics/discussion/discussion.ts';
import type {Interval} from '../statistics/student-t.ts';

/** A difference of one metric between two conditions, first − second, with its uncertainty. */
export interface Effect {
  readonly id: string;
  readonly kind: CellEstimate['kind'];
  readonly unit: Unit | null;
  readonly round: Round | null;
  /** On the questions that both sides have, averaged over blocks. Null when it is not defined in any block. */
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
  return {
    ...facts,
    first: null,
    second: null,
    difference: null,
    reason,
    standard_error: null,
    interval: null,
    interval_reason: reason,
    p_value: null,
    blocks: 0,
    mcnemar: null,
  };
}
