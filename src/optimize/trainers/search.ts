import type {Random} from '../../core/seeds/random.ts';
import type {Mapping} from '../../core/mapping.ts';
import type {Objective} from '../objective/objective.ts';
import type {Judgement} from '../task/bundle.ts';
import type {Parameter, Values} from '../values/parameter.ts';

/** Values that a search knows, and where they come from. */
export interface Candidate {
  /** From 0, the initial values, in the order in which they were made. */
  readonly id: number;
  readonly values: Values;
  readonly parents: readonly number[];
  readonly origin: 'initial' | 'proposal' | 'merge' | 'external';
}

/** One example that a candidate was scored on. */
export interface Scored {
  readonly index: number;
  readonly input: unknown;
  readonly judgement: Judgement;
  /** Compares candidates. More is better. */
  readonly score: number;
}

/** Examples that a search may look at: those to learn from, and those that steer it. Test examples are not here. */
export type SearchSet = 'train' | 'steer';

/** Something that a search did, for the job's events. */
export interface SearchEvent {
  readonly kind: 'step' | 'merged' | 'best_updated';
  readonly [key: string]: unknown;
}

/**
 * All that an algorithm needs of the world: everything that takes time or leaves traces is behind it, so that an
 * algorithm is a function of it, its arguments and a source of random numbers.
 */
export interface Search {
  readonly parameters: readonly Parameter[];
  readonly initial: Candidate;
  readonly objective: Objective;
  /** Number of examples. */
  readonly sizes: Readonly<Record<SearchSet, number>>;
  /** The steering examples are not the ones to learn from. */
  readonly hasValidation: boolean;
  readonly random: Random;
  /** Scores a candidate on examples, in their order. @throws what the task's guide throws. */
  score(candidate: Candidate, set: SearchSet, indices: readonly number[]): Promise<readonly Scored[]>;
  /** Asks for proposals from the same feedback; returns those that could be used, which may be none. */
  propose(parent: Candidate, evidence: readonly Scored[], count: number): Promise<readonly Candidate[]>;
  /** Makes a candidate of values that no proposer suggested. */
  create(values: Values, parents: readonly Candidate[], origin: 'merge' | 'external'): Candidate;
  report(event: SearchEvent): void;
  /** Records that the search goes on from other values than before. */
  accept(candidate: Candidate, score: number | null, step: number): void;
}

/** Improves the values of a task. Returns the candidate that it ends with. */
export type Trainer = (search: Search, kwargs: Mapping) => Promise<Candidate>;

/** Returns the mean of what candidates are compared by; −Infinity of nothing. */
export function meanScore(scored: readonly {readonly score: number}[]): number {
  return scored.length === 0 ? -Infinity : scored.reduce((sum, {score}) => sum + score, 0) / scored.length;
}

/** Returns the mean of each named metric over the examples that have it. */
export function meanMetrics(scored: readonly Pick<Scored, 'judgement'>[]): Record<string, number> {
  const sums = new Map<string, {sum: number; count: number}>();
  for (const {judgement} of scored) {
    for (const [name, value] of Object.entries(judgement.scores ?? {})) {
      const {sum, count} = sums.get(name) ?? {sum: 0, count: 0};
      sums.set(name, {sum: sum + value, count: count + 1});
    }
  }
  return Object.fromEntries([...sums].map(([name, {sum, count}]) => [name, sum / count]));
}

/** Returns all numbers below a size. */
export function allOf(size: number): number[] {
  return Array.from({length: size}, (_, index) => index);
}

/** Reads a number among arguments that the registry has checked. */
export function readCount(kwargs: Mapping, name: string, otherwise: number): number {
  const value = kwargs[name];
  return typeof value === 'number' ? value : otherwise;
}
