import {seededRandom} from '../../src/core/seeds/random.ts';
import {SCALAR, type Objective} from '../../src/optimize/objective/objective.ts';
import type {Candidate, Scored, Search, SearchEvent} from '../../src/optimize/trainers/search.ts';
import type {Values} from '../../src/optimize/values/parameter.ts';

export interface FakeSearchOptions {
  /** Number of training examples. */
  readonly train?: number;
  /** Number of validation examples; 0 for none. */
  readonly validation?: number;
  readonly seed?: string;
  readonly objective?: Objective;
  readonly names?: readonly string[];
  readonly score: (
    values: Values,
    index: number,
  ) => number | {readonly score: number; readonly scores: Record<string, number>};
  /** Returns the values of proposals; none for no suggestion. */
  readonly propose: (values: Values, call: number) => Values | undefined;
}

/** A world of functions for algorithms: no process, no file, and everything that they do is kept. */
export interface FakeSearch extends Search {
  readonly scored: {readonly candidate: number; readonly set: string; readonly indices: readonly number[]}[];
  readonly events: SearchEvent[];
  readonly accepted: Candidate[];
}

export function makeSearch(options: FakeSearchOptions): FakeSearch {
  const {train = 1, validation = 0, seed = 'fake', objective = SCALAR, names = ['x'], score, propose} = options;
  const parameters = names.map(name => ({name, kind: 'number', value: 0, trainable: true}) as const);
  let candidates = 1;
  let calls = 0;
  const search: FakeSearch = {
    parameters,
    objective,
    initial: {id: 0, values: Object.fromEntries(names.map(name => [name, 0])), parents: [], origin: 'initial'},
    sizes: {train, steer: validation === 0 ? train : validation},
    hasValidation: validation > 0,
    random: seededRandom(seed),
    scored: [],
    events: [],
    accepted: [],
    score(candidate, set, indices) {
      search.scored.push({candidate: candidate.id, set, indices});
      return Promise.resolve(
        indices.map((index): Scored => {
          const result = score(candidate.values, index);
          const judgement = typeof result === 'number' ? {score: result, feedback: ''} : {...result, feedback: ''};
          return {index, input: index, judgement, score: judgement.score};
        }),
      );
    },
    propose(parent, _, count) {
      const made = Array.from({length: count}, () => propose(parent.values, calls++));
      const usable = made.filter(values => values !== undefined);
      return Promise.resolve(
        usable.map(values => ({id: candidates++, values, parents: [parent.id], origin: 'proposal'}) as const),
      );
    },
    create: (values, parents, origin) => ({id: candidates++, values, parents: parents.map(({id}) => id), origin}),
    report: event => search.events.push(event),
    accept: candidate => search.accepted.push(candidate),
  };
  return search;
}
