import type {Random} from '../../core/seeds/random.ts';
import type {Mapping} from '../../core/mapping.ts';
import {isSame, type Values} from '../values/parameter.ts';
import {Batches, drawSubset} from './batches.ts';
import {countWins, rankByWins, type Member} from './population.ts';
import {meanScore, readCount, type Candidate, type Search, type Trainer} from './search.ts';

/** Candidates that are kept where nothing is written. */
const POPULATION = 16;
/** Pairs that are looked at for one that can be crossed. */
const PAIRS = 10;

interface Variant {
  /** Name of the argument that counts rounds. */
  readonly rounds: 'num_iters' | 'num_search_iterations';
  readonly choose: (population: readonly Member[], random: Random) => Member;
}

/**
 * Evolution after GEPA (Agrawal et al. 2025): candidates compete on a fixed random part of the steering examples, a
 * parent has a child by one proposal from a batch, and at intervals two candidates of different descent are crossed.
 */
function gepa({rounds, choose}: Variant): Trainer {
  return async (search, kwargs) => {
    const size = readCount(kwargs, 'pareto_subset_size', 2);
    const subset = drawSubset(search.sizes.steer, size, search.random);
    const batches = new Batches(search.sizes.train, readCount(kwargs, 'train_batch_size', 2), search.random);
    const evaluate = async (candidate: Candidate): Promise<Member> => {
      const scored = await search.score(candidate, 'steer', subset);
      return {candidate, scores: scored.map(({score}) => score), mean: meanScore(scored)};
    };
    const limit = readCount(kwargs, 'max_buffer_size', POPULATION);
    const ancestry = new Ancestry();
    let population: readonly Member[] = [await evaluate(search.initial)];
    let best = population[0] as Member;
    for (let step = 1; step <= readCount(kwargs, rounds, 1); step++) {
      const parent = choose(population, search.random);
      const scored = await search.score(parent.candidate, 'train', batches.next());
      const [child] = await search.propose(parent.candidate, scored, 1);
      const born = child ? [await evaluate(child)] : [];
      population = keep([...population, ...born], limit, ancestry);
      if (isMergeDue(kwargs, step)) {
        const merged = await tryMerge(search, {population, ancestry, evaluate, step});
        population = keep([...population, ...merged], limit, ancestry);
      }
      const now = population.reduce((a, b) => (b.mean > a.mean ? b : a));
      search.report({kind: 'step', step, score: now.mean, parent: parent.candidate.id, population: population.length});
      if (now.mean <= best.mean) continue;
      best = now;
      search.accept(best.candidate, best.mean, step);
      search.report({kind: 'best_updated', step, candidate: best.candidate.id, score: best.mean});
    }
    return best.candidate;
  };
}

function isMergeDue(kwargs: Mapping, step: number): boolean {
  const every = readCount(kwargs, 'merge_every', 2);
  return every > 0 && step % every === 0;
}

/** Keeps the best by wins, then by mean. */
function keep(members: readonly Member[], limit: number, ancestry: Ancestry): readonly Member[] {
  for (const {candidate} of members) ancestry.add(candidate);
  return rankByWins(members).slice(0, limit);
}

interface MergeOptions {
  readonly population: readonly Member[];
  readonly ancestry: Ancestry;
  readonly evaluate: (candidate: Candidate) => Promise<Member>;
  readonly step: number;
}

/** Crosses two candidates of different descent; returns the child only if it beats both. */
async function tryMerge(
  search: Search,
  {population, ancestry, evaluate, step}: MergeOptions,
): Promise<readonly Member[]> {
  for (let attempt = 0; attempt < PAIRS; attempt++) {
    const [a, b] = [pick(population, search.random), pick(population, search.random)];
    if (a === b || ancestry.areRelated(a.candidate, b.candidate)) continue;
    const values = cross(search, a.candidate.values, b.candidate.values);
    if (values === undefined) continue;
    const merged = await evaluate(search.create(values, [a.candidate, b.candidate], 'merge'));
    const isAccepted = merged.mean > a.mean && merged.mean > b.mean;
    const parents = [a.candidate.id, b.candidate.id];
    search.report({
      kind: 'merged',
      step,
      candidate: merged.candidate.id,
      parents,
      score: merged.mean,
      accepted: isAccepted,
    });
    return isAccepted ? [merged] : [];
  }
  return [];
}

/** Takes each parameter from a random parent; undefined where the child would be one of them. */
function cross({parameters, random}: Search, a: Values, b: Values): Values | undefined {
  const differing = parameters.filter(({name}) => !isSame(a[name] ?? null, b[name] ?? null));
  if (differing.length < 2) return undefined;
  const fromB = differing.filter(() => random() < 0.5);
  // Of all ways to cross, those that give a parent back are the two extremes: take one parameter out of them.
  const taken = fromB.length === 0 || fromB.length === differing.length ? differing.slice(0, 1) : fromB;
  return {...a, ...Object.fromEntries(taken.map(({name}) => [name, b[name] ?? null]))};
}

function pick<Item>(items: readonly Item[], random: Random): Item {
  return items[Math.floor(random() * items.length)] as Item;
}

/** The parents of every candidate. */
class Ancestry {
  readonly #parents = new Map<number, readonly number[]>();

  add({id, parents}: Candidate): void {
    this.#parents.set(id, parents);
  }

  /** Returns whether one of two is an ancestor of the other. */
  areRelated(a: Candidate, b: Candidate): boolean {
    return this.#hasAncestor(a.id, b.id) || this.#hasAncestor(b.id, a.id);
  }

  #hasAncestor(of: number, id: number): boolean {
    return (this.#parents.get(of) ?? []).some(parent => parent === id || this.#hasAncestor(parent, id));
  }
}

/** Draws a parent in proportion to the examples that it wins, at least 1. */
function drawByWins(population: readonly Member[], random: Random): Member {
  const weights = countWins(population).map(wins => Math.max(1, wins));
  let left = random() * weights.reduce((sum, weight) => sum + weight, 0);
  const index = weights.findIndex(weight => (left -= weight) < 0);
  return population[Math.max(0, index)] as Member;
}

/** Draws among the three best by wins and mean, so that one candidate cannot hold the search alone. */
function drawFromBeam(population: readonly Member[], random: Random): Member {
  return pick(rankByWins(population).slice(0, 3), random);
}

export const gepaBase = gepa({rounds: 'num_iters', choose: drawByWins});
export const gepaUcb = gepa({rounds: 'num_search_iterations', choose: drawByWins});
export const gepaBeam = gepa({rounds: 'num_search_iterations', choose: drawFromBeam});
