import {Batches} from './batches.ts';
import {meanScore, readCount, type Trainer} from './search.ts';

/** One proposal from the feedback of each batch, kept always, or only if it is not worse on that batch. */
export const minibatch: Trainer = async (search, kwargs) => {
  const batches = new Batches(search.sizes.train, readCount(kwargs, 'batch_size', 1), search.random);
  const steps = readCount(kwargs, 'num_epochs', 1) * batches.perEpoch;
  let current = search.initial;
  for (let step = 1; step <= steps; step++) {
    const batch = batches.next();
    const scored = await search.score(current, 'train', batch);
    const before = meanScore(scored);
    search.report({kind: 'step', step, score: before});
    const [child] = await search.propose(current, scored, 1);
    if (!child) continue;
    const after = kwargs['ensure_improvement'] === true ? meanScore(await search.score(child, 'train', batch)) : null;
    if (after !== null && after < before) continue;
    current = child;
    search.accept(current, after, step);
  }
  return current;
};
