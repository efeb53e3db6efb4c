import type {Mapping} from '../../core/mapping.ts';
import {findFront, weightMetrics} from '../objective/objective.ts';
import {meanMetrics, meanScore, readCount, type Candidate, type Scored, type Search} from './search.ts';
import {upperBound} from './ucb.ts';

/** Candidates on top of the heap among which the non-dominated ones are looked for. */
const FRONT_OF = 20;

/** A candidate with every score that it got. */
export class Node {
  readonly candidate: Candidate;
  readonly scored: Scored[] = [];

  constructor(candidate: Candidate) {
    this.candidate = candidate;
  }

  add(scored: readonly Scored[]): void {
    this.scored.push(...scored);
  }

  /** −Infinity until it is scored. */
  get mean(): number {
    return meanScore(this.scored);
  }
}

/** Candidates of a priority search: who is explored next. */
export class CandidateHeap {
  readonly #search: Search;
  readonly #kwargs: Mapping;
  #nodes: Node[];
  /** New ones, which cannot be explored before they are moved. */
  #waiting: Node[] = [];
  /** All that were ever put back: what is not among them is new. */
  readonly #seen = new Set<Node>();

  constructor(search: Search, kwargs: Mapping) {
    this.#search = search;
    this.#kwargs = kwargs;
    this.#nodes = [new Node(search.initial)];
  }

  /** Returns the best by its mean; among equals the earliest. Undefined until one is scored. */
  best(): Node | undefined {
    const scored = [...this.#nodes, ...this.#waiting].filter(node => node.scored.length > 0);
    scored.sort((a, b) => b.mean - a.mean || a.candidate.id - b.candidate.id);
    return scored[0];
  }

  /** Takes candidates to explore: the best one, then those on top. */
  take(count: number): Node[] {
    const taken: Node[] = [];
    const best = this.#kwargs['use_best_candidate_to_explore'] === false ? undefined : this.best();
    if (best && !this.#waiting.includes(best)) taken.push(this.#remove(best));
    while (taken.length < count && this.#nodes.length > 0) taken.push(this.#remove(this.#top()));
    return taken;
  }

  /** Puts candidates back; new ones wait where `memory_update_frequency` says so. */
  putBack(nodes: readonly Node[], step: number): void {
    const frequency = readCount(this.#kwargs, 'memory_update_frequency', 0);
    const known = new Set([...this.#nodes, ...this.#waiting]);
    for (const node of nodes) {
      if (known.has(node)) continue;
      const isNew = node.candidate.origin !== 'initial' && !this.#seen.has(node);
      this.#seen.add(node);
      (isNew && frequency > 0 ? this.#waiting : this.#nodes).push(node);
    }
    // Nothing else is left to explore: waiting longer would end the search.
    if (frequency > 0 && (step % frequency === 0 || this.#nodes.length === 0)) {
      this.#nodes.push(...this.#waiting);
      this.#waiting = [];
    }
    const limit = readCount(this.#kwargs, 'memory_size', Infinity);
    if (this.#nodes.length > limit) this.#nodes = this.#ranked().slice(0, limit);
  }

  #remove(node: Node): Node {
    this.#nodes = this.#nodes.filter(other => other !== node);
    return node;
  }

  /** By priority; among equals the newest first. */
  #ranked(): Node[] {
    return [...this.#nodes].sort((a, b) => {
      const [first, second] = [this.#priority(a), this.#priority(b)];
      return first === second ? b.candidate.id - a.candidate.id : second - first;
    });
  }

  #priority(node: Node): number {
    if (node.scored.length === 0) return Infinity;
    if (this.#kwargs['score_function'] !== 'ucb') return node.mean;
    const total = this.#nodes.reduce((sum, {scored}) => sum + scored.length, 0);
    const factor = readCount(this.#kwargs, 'ucb_exploration_constant', 1);
    return upperBound(node.mean, node.scored.length, total, factor);
  }

  #top(): Node {
    const ranked = this.#ranked();
    const {objective, random} = this.#search;
    if (objective.mode !== 'pareto') return ranked[0] as Node;
    const front = findFront(objective, ranked.slice(0, FRONT_OF), ({scored}) => meanMetrics(scored));
    if (objective.tie_break === 'random') return front[Math.floor(random() * front.length)] as Node;
    if (objective.tie_break === 'scalar') return front[0] as Node;
    const weigh = ({scored}: Node): number => weightMetrics(objective, meanMetrics(scored));
    return front.reduce((best, node) => (weigh(node) > weigh(best) ? node : best));
  }
}
