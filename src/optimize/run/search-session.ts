import {mapConcurrently} from '../../core/concurrency.ts';
import {seededRandom, type Random} from '../../core/seeds/random.ts';
import {toScalar, type Objective} from '../objective/objective.ts';
import type {Proposal, Proposer} from '../propose/proposer.ts';
import type {Bundle, Dataset, SetName} from '../task/bundle.ts';
import {
  meanMetrics,
  meanScore,
  type Candidate,
  type Scored,
  type Search,
  type SearchEvent,
  type SearchSet,
} from '../trainers/search.ts';
import {initialValues, isSame, type Parameter, type Values} from '../values/parameter.ts';
import type {EventKind} from './job-events.ts';

/** Is told of everything that a user may want to follow. */
export interface SessionListener {
  event(kind: EventKind, facts: object): void;
  accepted(candidate: Candidate, score: number | null, step: number): void;
}

export interface SessionOptions {
  readonly bundle: Bundle;
  readonly objective: Objective;
  readonly proposer: Proposer;
  readonly seed: number;
  /** Examples and proposals at once. */
  readonly threads: number;
  readonly signal: AbortSignal;
  readonly listener: SessionListener;
}

/** Counts of a job. */
export interface ProposalCounts {
  proposals: number;
  terminated: number;
  unusable_replies: number;
  evaluations: number;
}

/** The world of a search, made of a task and a proposer; counts and reports what happens. */
export class SearchSession implements Search {
  readonly parameters: readonly Parameter[];
  readonly initial: Candidate;
  readonly objective: Objective;
  readonly random: Random;
  readonly hasValidation: boolean;
  readonly counts: ProposalCounts = {proposals: 0, terminated: 0, unusable_replies: 0, evaluations: 0};
  readonly #options: SessionOptions;
  #candidates = 1;
  #asked = 0;

  constructor(options: SessionOptions) {
    const {bundle, objective, seed} = options;
    this.#options = options;
    this.parameters = bundle.parameters;
    this.objective = objective;
    this.hasValidation = hasExamples(bundle.validation);
    this.initial = {id: 0, values: initialValues(bundle.parameters), parents: [], origin: 'initial'};
    this.random = seededRandom(`mac.optimize/search/${objective.seed ?? seed}`);
  }

  /** The set whose examples steer the search. */
  get steer(): 'train' | 'validation' {
    return this.hasValidation ? 'validation' : 'train';
  }

  get sizes(): Readonly<Record<SearchSet, number>> {
    return {train: this.#dataset('train').inputs.length, steer: this.#dataset(this.steer).inputs.length};
  }

  async score(candidate: Candidate, set: SearchSet, indices: readonly number[]): Promise<readonly Scored[]> {
    const name = set === 'train' ? 'train' : this.steer;
    const scored = await this.scoreOn(candidate.values, name, indices);
    const score = meanScore(scored);
    const [first] = scored;
    this.#options.listener.event('candidate_scored', {
      candidate: candidate.id,
      set: name,
      examples: indices,
      score,
      ...describeMetrics(scored),
    });
    this.#options.proposer.remember?.({values: candidate.values, score, feedback: first?.judgement.feedback ?? ''});
    return scored;
  }

  /** Scores values on examples of any set, the test examples too, without telling the proposer. */
  async scoreOn(values: Values, set: SetName, indices: readonly number[]): Promise<readonly Scored[]> {
    const {bundle, threads, signal, objective} = this.#options;
    const {inputs, infos} = this.#dataset(set);
    return await mapConcurrently(indices, threads, async index => {
      const input = inputs[index];
      const judgement = await bundle.evaluate(values, {set, index, input, info: infos[index]}, signal);
      this.counts.evaluations++;
      return {index, input, judgement, score: toScalar(objective, judgement.score, judgement.scores)};
    });
  }

  async propose(parent: Candidate, evidence: readonly Scored[], count: number): Promise<readonly Candidate[]> {
    const {proposer, threads, signal} = this.#options;
    const first = this.#asked;
    this.#asked += count;
    const numbers = Array.from({length: count}, (_, i) => first + i);
    const proposals = await mapConcurrently(numbers, threads, number =>
      proposer.propose({values: parent.values, evidence, number, signal}),
    );
    return proposals.flatMap((proposal, i) => this.#receive(parent, proposal, first + i));
  }

  create(values: Values, parents: readonly Candidate[], origin: Candidate['origin']): Candidate {
    return {id: this.#candidates++, values, parents: parents.map(({id}) => id), origin};
  }

  report({kind, ...facts}: SearchEvent): void {
    this.#options.listener.event(kind, facts);
  }

  accept(candidate: Candidate, score: number | null, step: number): void {
    this.#options.listener.accepted(candidate, score, step);
  }

  #receive(parent: Candidate, proposal: Proposal, number: number): Candidate[] {
    const {listener} = this.#options;
    const facts = {number, parent: parent.id, outcome: proposal.kind};
    switch (proposal.kind) {
      case 'values': {
        const candidate = this.create(proposal.values, [parent], 'proposal');
        this.counts.proposals++;
        const changed = this.parameters.filter(
          ({name}) => !isSame(parent.values[name] ?? null, candidate.values[name] ?? null),
        );
        const values = Object.fromEntries(changed.map(({name}) => [name, candidate.values[name]]));
        const {reasoning} = proposal;
        listener.event('proposal', {...facts, candidate: candidate.id, values, ...(reasoning ? {reasoning} : {})});
        return [candidate];
      }
      case 'none':
        this.counts.terminated++;
        listener.event('proposal', {...facts, why: proposal.why});
        return [];
      case 'unusable':
        this.counts.unusable_replies++;
        listener.event('proposal', {...facts, problem: proposal.problem});
        return [];
    }
  }

  #dataset(set: SetName): Dataset {
    return this.#options.bundle[set] ?? {inputs: [], infos: []};
  }
}

export function hasExamples(dataset: Dataset | undefined): dataset is Dataset {
  return dataset !== undefined && dataset.inputs.length > 0;
}

/** Returns the mean metrics of tasks that have several, for an event. */
export function describeMetrics(scored: readonly Scored[]): {scores?: Record<string, number>} {
  const scores = meanMetrics(scored);
  return Object.keys(scores).length > 0 ? {scores} : {};
}
