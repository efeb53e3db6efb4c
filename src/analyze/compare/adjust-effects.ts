import {holm} from '../statistics/p-values.ts';
import type {ComparedSides, ComparedStratum} from './compare-sides.ts';
import type {Effect} from './effect.ts';

/** An effect with its p-value adjusted over all effects of a comparison that have one. */
export type AdjustedEffect = Effect & {readonly p_holm: number | null};

/** The tests that are corrected for together. */
export interface Family {
  readonly method: 'Holm';
  readonly tests: number;
}

export interface Adjusted {
  readonly comparisons: readonly ComparedSides<AdjustedEffect>[];
  readonly family: Family;
}

/** Applies Holm's correction over everything shown: all sides, parts and metrics, and single blocks where they are. */
export function adjustEffects(compared: readonly ComparedSides[]): Adjusted {
  const tested = compared
    .flatMap(({strata}) => strata)
    .flatMap(({effects, by_block: blocks}) => [...effects, ...blocks.flatMap(block => block.effects)])
    .filter(({p_value: p}) => p !== null);
  const adjusted = holm(tested.map(({p_value: p}) => p ?? 1));
  const byEffect = new Map(tested.map((effect, i) => [effect, adjusted[i] ?? 1] as const));
  const adjust = (effect: Effect): AdjustedEffect => ({...effect, p_holm: byEffect.get(effect) ?? null});
  const adjustStratum = (stratum: ComparedStratum): ComparedStratum<AdjustedEffect> => ({
    ...stratum,
    effects: stratum.effects.map(adjust),
    by_block: stratum.by_block.map(({block, effects}) => ({block, effects: effects.map(adjust)})),
  });
  return {
    comparisons: compared.map(sides => ({...sides, strata: sides.strata.map(adjustStratum)})),
    family: {method: 'Holm', tests: tested.length},
  };
}
