import {Batches, drawSubset} from './batches.ts';
import {allOf, meanScore, readCount, type Candidate, type Search, type Trainer} from './search.ts';

/**
 * Several candidates deepened side by side: each makes proposals from a batch of its own, all are scored on one random
 * part of the steering examples, the best are kept. The last choice is made on all of them.
 */
export const beamsearch: Trainer = async (search, kwargs) => {
  const width = readCount(kwargs, 'beam_width', 3);
  const batches = new Batches(search.sizes.train, readCount(kwargs, 'batch_size', 1), search.random);
  let beams: readonly Candidate[] = [search.initial];
  for (let depth = 1; depth <= readCount(kwargs, 'max_depth', 2); depth++) {
    const pool = [...beams];
    for (const beam of beams) {
      const scored = await search.score(beam, 'train', batches.next());
      pool.push(...(await search.propose(beam, scored, readCount(kwargs, 'num_proposals', 4))));
    }
    const subset = drawSubset(search.sizes.steer, readCount(kwargs, 'validation_subset_size', 5), search.random);
    const ranked = await rank(search, pool, subset);
    const previous = beams[0];
    beams = ranked.slice(0, width).map(({candidate}) => candidate);
    const [first] = ranked;
    search.report({kind: 'step', step: depth, score: first?.score ?? null, beams: beams.map(({id}) => id)});
    if (!first || first.candidate === previous) continue;
    search.accept(first.candidate, first.score, depth);
    search.report({kind: 'best_updated', step: depth, candidate: first.candidate.id, score: first.score});
  }
  const [best] = await rank(search, beams, allOf(search.sizes.steer));
  return best?.candidate ?? search.initial;
};

/** Scores candidates and returns them best first; among equals the earlier. */
async function rank(
  search: Search,
  candidates: readonly Candidate[],
  indices: readonly number[],
): Promise<{candidate: Candidate; score: number}[]> {
  const ranked: {candidate: Candidate; score: number}[] = [];
  for (const candidate of candidates) {
    ranked.push({candidate, score: meanScore(await search.score(candidate, 'steer', indices))});
  }
  return ranked.sort((a, b) => b.score - a.score);
}
