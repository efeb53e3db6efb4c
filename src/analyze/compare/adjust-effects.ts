import {adjustTogether, type Adjusted, type Family} from '../statistics/difference.ts';
import type {ComparedSides, ComparedStratum} from './compare-sides.ts';
import type {Effect} from './effect.ts';

export type AdjustedEffect = Adjusted<Effect>;

export interface AdjustedComparisons {
  readonly comparisons: readonly ComparedSides<AdjustedEffect>[];
  readonly family: Family;
}

/** Applies Holm's correction over everything shown: all sides, parts and metrics, and single blocks where they are. */
export function adjustEffects(compared: readonly ComparedSides[]): AdjustedComparisons {
  const shown = compared
    .flatMap(({strata}) => strata)
    .flatMap(({effects, by_block: blocks}) => [...effects, ...blocks.flatMap(block => block.effects)]);
  const {family, adjust} = adjustTogether(shown);
  const adjustStratum = (stratum: ComparedStratum): ComparedStratum<AdjustedEffect> => ({
    ...stratum,
    effects: stratum.effects.map(adjust),
    by_block: stratum.by_block.map(({block, effects}) => ({block, effects: effects.map(adjust)})),
  });
  return {
    comparisons: compared.map(sides => ({...sides, strata: sides.strata.map(adjustStratum)})),
    family,
  };
}
