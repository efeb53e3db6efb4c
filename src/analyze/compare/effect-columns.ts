import {decimal, integer, measured, probability, text, type Column} from '../../core/text/table.ts';
import type {Adjusted, Difference} from '../statistics/difference.ts';
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
  ...differenceColumns(({effect}: EffectRow) => effect),
  integer('questions', ({effect}) => effect.questions),
];

/** Returns the columns of a difference and of its test. @param isOfAnySize as `MeasuredValue` has it. */
export function differenceColumns<Row>(
  read: (row: Row) => Adjusted<Difference & {readonly id: string}>,
  isOfAnySize = false,
): Column<Row>[] {
  return [
    measured('difference', row => {
      const {id, difference, reason, interval, interval_reason} = read(row);
      return {id, value: difference, reason, interval, interval_reason, isOfAnySize};
    }),
    probability('p', row => read(row).p_value),
    probability('p (Holm)', row => read(row).p_holm),
  ];
}

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
