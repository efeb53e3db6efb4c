import fc from 'fast-check';
import {describe, expect, it} from 'vitest';

import {seededRandom} from '../../src/core/seeds/random.ts';
import {findFront, objectiveSchema, toScalar} from '../../src/optimize/objective/objective.ts';
import {basicSearch} from '../../src/optimize/trainers/basic-search.ts';
import {Batches} from '../../src/optimize/trainers/batches.ts';
import {beamsearch} from '../../src/optimize/trainers/beamsearch.ts';
import {gepaBase} from '../../src/optimize/trainers/gepa.ts';
import {minibatch} from '../../src/optimize/trainers/minibatch.ts';
import {countWins, rankByWins} from '../../src/optimize/trainers/population.ts';
import {beamSearch, prioritySearch, sequentialUpdate} from '../../src/optimize/trainers/priority-search.ts';
import {ucbSearch} from '../../src/optimize/trainers/ucb-search.ts';
import type {Values} from '../../src/optimize/values/parameter.ts';
import {makeSearch} from './fake-search.ts';

const byX = ({x}: Values): number => Number(x);
const plusOne = ({x}: Values): Values => ({x: Number(x) + 1});

describe('batches', () => {
  it('give out every example once an epoch, in an order that the seed decides', () => {
    fc.assert(
      fc.property(fc.integer({min: 1, max: 30}), fc.integer({min: 1, max: 10}), fc.string(), (size, batch, seed) => {
        const draw = (): number[][] => {
          const batches = new Batches(size, batch, seededRandom(seed));
          return Array.from({length: batches.perEpoch}, () => batches.next());
        };
        const drawn = draw();
        expect(drawn.flat().sort((a, b) => a - b)).toEqual(Array.from({length: size}, (_, i) => i));
        expect(draw()).toEqual(drawn);
      }),
    );
  });

  it('differ with another seed', () => {
    const order = (seed: string): number[] => new Batches(20, 20, seededRandom(seed)).next();
    expect(order('a')).not.toEqual(order('b'));
  });
});

describe('Minibatch', () => {
  it('keeps every proposal unless it is to be no worse on its batch', async () => {
    const worse = ({x}: Values): Values => ({x: Number(x) - 1});
    const loose = makeSearch({train: 4, score: byX, propose: worse});
    expect((await minibatch(loose, {num_epochs: 2, batch_size: 2})).values).toEqual({x: -4});
    const strict = makeSearch({train: 4, score: byX, propose: worse});
    const kwargs = {num_epochs: 2, batch_size: 2, ensure_improvement: true};
    expect((await minibatch(strict, kwargs)).values).toEqual({x: 0});
    expect(strict.accepted).toEqual([]);
  });
});

describe('BasicSearch', () => {
  it('takes the best of its proposals on validation, and the present values where none is better', async () => {
    const steps = [3, 5, 4, 1];
    const search = makeSearch({validation: 2, score: byX, propose: (_, call) => ({x: steps[call] ?? -1})});
    expect((await basicSearch(search, {num_epochs: 2, num_proposals: 4})).values).toEqual({x: 5});
    expect(search.accepted).toHaveLength(1);
    expect(search.scored.filter(({set}) => set === 'steer').every(({indices}) => indices.length === 2)).toBe(true);
  });
});

describe('Beamsearch', () => {
  it('keeps as many beams as it is wide and decides on all of validation', async () => {
    const search = makeSearch({train: 3, validation: 8, score: byX, propose: plusOne});
    const final = await beamsearch(search, {beam_width: 2, max_depth: 3, num_proposals: 2, validation_subset_size: 5});
    expect(final.values).toEqual({x: 3});
    const beams = search.events.filter(({kind}) => kind === 'step').map(event => event['beams']);
    expect(beams.map(ids => (ids as unknown[]).length)).toEqual([2, 2, 2]);
    expect(search.scored.at(-1)?.indices).toHaveLength(8);
    expect(search.scored.filter(({set}) => set === 'steer')[0]?.indices).toHaveLength(5);
  });
});

describe('UCBSearch', () => {
  it('never keeps more candidates than its buffer holds, and returns the best mean', async () => {
    const search = makeSearch({validation: 5, score: byX, propose: plusOne});
    const final = await ucbSearch(search, {num_search_iterations: 12, max_buffer_size: 3, ucb_exploration_factor: 0});
    expect(final.values).toEqual({x: 12});
    const sizes = search.events.filter(({kind}) => kind === 'step').map(event => Number(event['buffer']));
    expect(Math.max(...sizes)).toBe(3);
  });
});

describe('PrioritySearch', () => {
  it('explores the initial values first, then the best and what is on top', async () => {
    const search = makeSearch({score: byX, propose: (values, call) => ({x: Number(values['x']) + (call % 2 ? 2 : 1)})});
    await prioritySearch(search, {num_steps: 3, num_candidates: 2, num_proposals: 2});
    const explored = search.events.filter(({kind}) => kind === 'step').map(event => event['explored']);
    // The second proposal of a round is the better one.
    expect(explored).toEqual([[0], [2, 1], [4, 6]]);
  });

  it('goes on until both its steps and its epochs are done', async () => {
    const count = async (kwargs: object): Promise<number> => {
      const search = makeSearch({train: 6, score: byX, propose: () => undefined});
      await prioritySearch(search, {num_candidates: 1, num_proposals: 1, train_batch_size: 2, ...kwargs});
      return search.events.filter(({kind}) => kind === 'step').length;
    };
    expect(await count({num_steps: 5, num_epochs: 1})).toBe(5);
    expect(await count({num_steps: 1, num_epochs: 2})).toBe(6);
  });

  it('keeps new candidates waiting as its memory says', async () => {
    const search = makeSearch({score: byX, propose: plusOne});
    await prioritySearch(search, {num_steps: 4, num_candidates: 1, num_proposals: 1, memory_update_frequency: 2});
    const explored = search.events.filter(({kind}) => kind === 'step').map(event => event['explored']);
    // In the last round the best one waits; of the two equals on top the newer comes first.
    expect(explored).toEqual([[0], [0], [1], [2]]);
  });

  it('with a small heap forgets the worst', async () => {
    const search = makeSearch({score: ({x}) => -Math.abs(Number(x)), propose: plusOne});
    const final = await beamSearch(search, {num_steps: 5, num_candidates: 1, num_proposals: 2});
    expect(final.id).toBe(0);
    const explored = search.events.filter(({kind}) => kind === 'step').map(event => event['explored']);
    expect(explored).toEqual([[0], [0], [0], [0], [0]]);
  });

  it('with one candidate and one proposal is SequentialUpdate', async () => {
    const search = makeSearch({score: byX, propose: plusOne});
    expect((await sequentialUpdate(search, {num_steps: 4})).values).toEqual({x: 4});
  });

  it('passes on what a guide throws', async () => {
    const search = makeSearch({
      score: () => {
        throw new Error('no guide');
      },
      propose: plusOne,
    });
    await expect(prioritySearch(search, {num_steps: 1})).rejects.toThrow('no guide');
  });
});

describe('GEPA', () => {
  it('crosses two lines of descent and keeps the child only if it beats both', async () => {
    const search = makeSearch({
      names: ['a', 'b'],
      seed: 'cross',
      score: ({a, b}) => Number(a) + Number(b),
      // Each proposal raises one of the two.
      propose: (values, call) => (call % 2 === 0 ? {...values, a: 5} : {...values, b: 5}),
    });
    await gepaBase(search, {num_iters: 30, merge_every: 1});
    const merges = search.events.filter(({kind}) => kind === 'merged');
    expect(merges.length).toBeGreaterThan(0);
    for (const {accepted, score} of merges) expect(accepted).toBe(Number(score) === 10);
  });

  it('counts the examples that a candidate is best at, ties for all', () => {
    const member = (id: number, scores: readonly number[]) => ({
      candidate: {id, values: {}, parents: [], origin: 'proposal'} as const,
      scores,
      mean: scores.reduce((a, b) => a + b, 0) / scores.length,
    });
    const members = [member(0, [1, 0, 0]), member(1, [1, 2, 0]), member(2, [0, 0, 9])];
    expect(countWins(members)).toEqual([1, 2, 1]);
    expect(rankByWins(members).map(({candidate}) => candidate.id)).toEqual([1, 2, 0]);
  });
});

describe('objectives', () => {
  it('weigh metrics, those to minimise with a minus, and missing ones as they say', () => {
    const objective = objectiveSchema.parse({
      mode: 'weighted',
      weights: {gain: 2, loss: 1},
      minimize: ['loss'],
      missing_value: -50,
    });
    expect(toScalar(objective, 0, {gain: 3, loss: 4})).toBe(2);
    expect(toScalar(objective, 0, {gain: 3})).toBe(-44);
    expect(toScalar(objectiveSchema.parse({}), 7, {gain: 3})).toBe(7);
  });

  it('have a front whose members do not dominate each other, and that dominates all others', () => {
    const objective = objectiveSchema.parse({mode: 'pareto', minimize: ['b']});
    const point = fc.record({a: fc.integer({min: 0, max: 9}), b: fc.integer({min: 0, max: 9})});
    const beats = (p: {a: number; b: number}, q: {a: number; b: number}): boolean =>
      p.a >= q.a && p.b <= q.b && (p.a > q.a || p.b < q.b);
    fc.assert(
      fc.property(fc.array(point, {minLength: 1}), points => {
        const front = findFront(objective, points, each => each);
        expect(front.length).toBeGreaterThan(0);
        for (const each of points) {
          expect(front.some(other => beats(other, each))).toBe(!front.includes(each));
        }
      }),
    );
  });
});
