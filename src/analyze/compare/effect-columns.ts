import {decimal, integer, measured, probability, text, type Column} from '../../core/text/table.ts';
import type {AdjustedEffect} from './adjust-effects.ts';
import type {BlockValues, ComparedSides, ComparedStratum} from './compare-sides.ts';

/** An effect and what it is of. */
export interface EffectRow {
  readonly sides: ComparedSides<AdjustedEffect>;
  readonly stratum: ComparedStratum<AdjustedEffect>;
  /** Null for the average over blocks. */
  readonly block: BlockValues | null;
  readonly effect: AdjustedEffect;
}

/** The columns that every table of effects has behind the part that they are of. */
export const EFFECT_COLUMNS: readonly Column<EffectRow>[] = [
  text('metric', ({effect}) => effect.id),
  decimal('first', ({effect}) => effect.first),
  decimal('second', ({effect}) => effect.second),
  measured('difference', ({effect: {id, difference, reason, interval, interval_reason}}) => ({
    id,
    value: difference,
    reason,
    interval,
    interval_reason,
  })),
  probability('p', ({effect}) => effect.p_value),
  probability('p (Holm)', ({effect}) => effect.p_holm),
  integer('questions', ({effect}) => effect.questions),
];

/** Returns every effect on a benchmark: of all blocks together, and of single blocks where there are any. */
export function listEffects(comparisons: readonly ComparedSides<AdjustedEffect>[], benchmark: string): EffectRow[] {
  return comparisons.flatMap(sides =>
    sides.strata
      .filter(stratum => stratum.benchmark === benchmark)
      .flatMap(stratum => [
        ...stratum.effects.map(effect => ({sides, stratum, block: null, effect})),
        ...stratum.by_block.flatMap(({block, effects}) => effects.map(effect => ({sides, stratum, block, effect}))),
      ]),
  );
}
