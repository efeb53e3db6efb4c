import {Batches} from './batches.ts';
import {allOf, meanScore, readCount, type Trainer} from './search.ts';

/** The best of several proposals for each batch, the current values included. */
export const basicSearch: Trainer = async (search, kwargs) => {
  const batches = new Batches(search.sizes.train, readCount(kwargs, 'batch_size', 1), search.random);
  const steps = readCount(kwargs, 'num_epochs', 1) * batches.perEpoch;
  const steer = allOf(search.sizes.steer);
  let current = search.initial;
  let best = meanScore(await search.score(current, 'steer', steer));
  for (let step = 1; step <= steps; step++) {
    const scored = await search.score(current, 'train', batches.next());
    const children = await search.propose(current, scored, readCount(kwargs, 'num_proposals', 4));
    const from = current;
    for (const child of children) {
      const score = meanScore(await search.score(child, 'steer', steer));
      if (score <= best) continue;
      [current, best] = [child, score];
    }
    search.report({kind: 'step', step, score: best});
    if (current === from) continue;
    search.accept(current, best, step);
    search.report({kind: 'best_updated', step, candidate: current.id, score: best});
  }
  return current;
};
