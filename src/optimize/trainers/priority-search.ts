import type {Mapping} from '../../core/mapping.ts';
import {Batches} from './batches.ts';
import {CandidateHeap, Node} from './candidate-heap.ts';
import {allOf, readCount, type Scored, type Search, type Trainer} from './search.ts';

/**
 * A heap of candidates by priority. Each round explores the best candidate and those on top of the heap: it scores them
 * on batches, makes proposals for each candidate and batch, scores those, and puts all back. It ends when it has made
 * both its rounds and its passes over the examples.
 */
export const prioritySearch: Trainer = async (search, kwargs) => {
  const batches = new Batches(search.sizes.train, readCount(kwargs, 'train_batch_size', 1), search.random);
  const heap = new CandidateHeap(search, kwargs);
  const [steps, epochs] = [readCount(kwargs, 'num_steps', 1), readCount(kwargs, 'num_epochs', 1)];
  let best = search.initial;
  for (let step = 1; step <= steps || batches.epochs < epochs; step++) {
    const explored = heap.take(readCount(kwargs, 'num_candidates', 2));
    const nodes = await exploreAll(search, {explored, batches, kwargs});
    heap.putBack([...explored, ...nodes], step);
    const now = heap.best();
    search.report({kind: 'step', step, score: now?.mean ?? null, explored: explored.map(node => node.candidate.id)});
    if (!now || now.candidate === best) continue;
    best = now.candidate;
    search.accept(best, now.mean, step);
    search.report({kind: 'best_updated', step, candidate: best.id, score: now.mean});
  }
  return best;
};

interface Round {
  readonly explored: readonly Node[];
  readonly batches: Batches;
  readonly kwargs: Mapping;
}

/** Explores candidates and returns the nodes of what was proposed for them, scored. */
async function exploreAll(search: Search, {explored, batches, kwargs}: Round): Promise<Node[]> {
  const all = allOf(search.sizes.steer);
  const nodes: Node[] = [];
  const rounds = Array.from({length: readCount(kwargs, 'num_batches', 1)}, () => batches.next());
  for (const node of explored) {
    for (const batch of rounds) {
      const scored: readonly Scored[] = await search.score(node.candidate, 'train', batch);
      if (!search.hasValidation) node.add(scored);
      const children = await search.propose(node.candidate, scored, readCount(kwargs, 'num_proposals', 2));
      for (const child of children) {
        const made = new Node(child);
        made.add(await search.score(child, 'steer', all));
        nodes.push(made);
      }
    }
    if (search.hasValidation) node.add(await search.score(node.candidate, 'steer', all));
  }
  return nodes;
}

/** PrioritySearch with some arguments fixed. */
function preset(fix: (kwargs: Mapping) => Mapping): Trainer {
  return (search, kwargs) => prioritySearch(search, {...kwargs, ...fix(kwargs)});
}

export const sequentialUpdate = preset(() => ({num_candidates: 1, num_proposals: 1}));
export const sequentialSearch = preset(() => ({num_candidates: 1}));
export const beamSearch = preset(kwargs => ({memory_size: readCount(kwargs, 'num_candidates', 2)}));
