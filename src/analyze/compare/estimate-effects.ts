import {clippedInterval, OUT_OF_RANGE, type Range} from '../statistics/bounded-interval.ts';
import {averageDifference} from '../statistics/difference.ts';
import {bootstrapDifferences, type BootstrapOptions} from './bootstrap-differences.ts';
import {collectFacts, locateColumns} from './contributing.ts';
import {NO_VARIATION, undefinedEffect, type Effect, type EffectFacts} from './effect.ts';
import {fitSides, type SidePair, testMcNemar, meanSides} from './side-pairs.ts';
import type {PairedCells} from './pair-questions.ts';

/**
 * Estimates the effects of one contrast in one stratum: for every metric the average of first − second over the blocks,
 * each weighing the same. Questions occur in many blocks, so errors are clustered by the questions' clusters across
 * them.
 *
 * @param blocks at least one, each with a pair; all of one benchmark and plan.
 */
export function estimateEffects(blocks: readonly PairedCells[], options: BootstrapOptions): Effect[] {
  const [some] = blocks;
  if (!some) throw new RangeError('effects over no block');
  const bootstrapped = bootstrapDifferences(blocks, options);
  const fits = blocks.map(fitSides);
  return some.plan.metrics.map(metric => {
    const effect = bootstrapped.get(metric);
    if (effect) return effect;
    const {estimator} = metric;
    const facts = {...collectFacts(metric, blocks), method: 'clustered t' as const};
    if (estimator.kind !== 'mean') {
      return fromLinearised(
        facts,
        metric.range,
        fits.map(fit => fit.get(metric.id) ?? 'not fitted'),
      );
    }
    const positions = locateColumns(metric, some.plan);
    const means = blocks.map(({pairs}) => meanSides(pairs, positions, estimator));
    const mcnemar = blocks.length === 1 ? testMcNemar(some.pairs, positions, estimator) : null;
    return {...fromLinearised(facts, metric.range, means), mcnemar};
  });
}

/** @param sides of every block; a text says why a block has no value. */
function fromLinearised(facts: EffectFacts, range: Range, sides: readonly (SidePair | string)[]): Effect {
  const defined = sides.filter(each => typeof each !== 'string');
  if (defined.length === 0) return undefinedEffect(facts, sides.find(each => typeof each === 'string') ?? '');
  const {interval: unclipped, p_value, clusters, ...difference} = averageDifference(defined);
  const interval = unclipped && clippedInterval(difference.difference, unclipped, range);
  const noInterval = unclipped ? OUT_OF_RANGE : clusters < 2 ? 'fewer than two clusters' : NO_VARIATION;
  return {
    ...facts,
    clusters,
    ...difference,
    interval,
    interval_reason: interval ? null : noInterval,
    p_value,
    blocks: defined.length,
    mcnemar: null,
  };
}
