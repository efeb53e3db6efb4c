import {Batches, drawSubset} from './batches.ts';
import {readCount, type Candidate, type Scored, type Trainer} from './search.ts';
import {upperBound} from './ucb.ts';

interface Arm {
  readonly candidate: Candidate;
  sum: number;
  count: number;
}

/**
 * A bandit over candidates: each round takes the one with the highest upper bound, makes one proposal from a batch, and
 * scores it on steering examples. A full buffer drops the lowest bound.
 */
export const ucbSearch: Trainer = async (search, kwargs) => {
  const factor = readCount(kwargs, 'ucb_exploration_factor', 1);
  const size = readCount(kwargs, 'evaluation_batch_size', 5);
  const batches = new Batches(search.sizes.train, readCount(kwargs, 'train_batch_size', 2), search.random);
  const arms: Arm[] = [];
  const bound = ({sum, count}: Arm): number => upperBound(sum / count, count, countAll(arms), factor);
  const add = async (candidate: Candidate): Promise<void> => {
    const arm = {candidate, sum: 0, count: 0};
    count(arm, await search.score(candidate, 'steer', drawSubset(search.sizes.steer, size, search.random)));
    arms.push(arm);
  };

  await add(search.initial);
  let best = search.initial;
  for (let step = 1; step <= readCount(kwargs, 'num_search_iterations', 10); step++) {
    const arm = findHighest(arms, bound);
    const scored = await search.score(arm.candidate, 'train', batches.next());
    count(arm, scored);
    const [child] = await search.propose(arm.candidate, scored, 1);
    if (child) await add(child);
    if (arms.length > readCount(kwargs, 'max_buffer_size', 10)) {
      arms.splice(arms.indexOf(findHighest(arms, other => -bound(other))), 1);
    }
    const now = findHighest(arms, mean);
    search.report({kind: 'step', step, score: mean(now), chosen: arm.candidate.id, buffer: arms.length});
    if (now.candidate === best) continue;
    best = now.candidate;
    search.accept(best, mean(now), step);
    search.report({kind: 'best_updated', step, candidate: best.id, score: mean(now)});
  }
  return best;
};

function mean({sum, count}: Arm): number {
  return sum / count;
}

function count(arm: Arm, scored: readonly Scored[]): void {
  for (const {score} of scored) arm.sum += score;
  arm.count += scored.length;
}

function countAll(arms: readonly Arm[]): number {
  return arms.reduce((total, arm) => total + arm.count, 0);
}

/** Returns the arm with the highest value; among equals the earliest. */
function findHighest(arms: readonly Arm[], value: (arm: Arm) => number): Arm {
  return arms.reduce((best, arm) => (value(arm) > value(best) ? arm : best));
}
