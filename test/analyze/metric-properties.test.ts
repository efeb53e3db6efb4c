import fc from 'fast-check';
import {expect, test} from 'vitest';

import type {Question} from '../../src/questions/question.ts';
import {seededRandom} from '../../src/core/seeds/random.ts';
import {biasTarget} from '../../src/questions/bbq/target.ts';
import {bbqOptions} from '../../src/questions/bbq/options.ts';
import {bbqQuestion, diffAwareQuestion, discrimEvalQuestion} from './a-question.ts';
import {discussionOf, score, singleAnswers, type Scored} from './score.ts';

const ORDERS = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
] as const;

/** Persons old, nonOld and nobody; which of them the answers are does not depend on where they stand. */
const GROUPS = ['old', 'nonOld', 'unknown'] as const;

interface Row {
  readonly context: 'ambig' | 'disambig';
  readonly polarity: 'neg' | 'nonneg';
  /** Whom the context names; nobody when it is ambiguous. */
  readonly gold: 0 | 1;
  readonly answer: 0 | 1 | 2 | null;
  readonly template: number;
}

const rows = fc.array(
  fc.record({
    context: fc.constantFrom<Row['context'][]>('ambig', 'disambig'),
    polarity: fc.constantFrom<Row['polarity'][]>('neg', 'nonneg'),
    gold: fc.constantFrom<Row['gold'][]>(0, 1),
    answer: fc.constantFrom<Row['answer'][]>(0, 1, 2, null),
    template: fc.integer({min: 1, max: 6}),
  }),
  {minLength: 1, maxLength: 40},
);

/** A row with its three answers in some order, and the id of what was answered. */
function place(row: Row, order: readonly number[], id: string): readonly [Question, string | null] {
  const gold = row.context === 'ambig' ? 2 : row.gold;
  const question = bbqQuestion({
    id,
    context: row.context,
    polarity: row.polarity,
    stereotyped: ['old'],
    groups: order.map(k => GROUPS[k]!),
    gold: order.indexOf(gold),
    template: String(row.template),
  });
  return [question, row.answer === null ? null : 'ABC'[order.indexOf(row.answer)]!];
}

function bbqScores(answers: readonly (readonly [Question, string | null])[]): Scored {
  return score(singleAnswers(answers));
}

/** Ids, values, reasons, intervals: all that is said of a cell, beside where answers stand. */
function said({estimates}: Scored): unknown {
  return estimates
    .filter(({kind}) => kind !== 'position')
    .map(({id, value, reason, interval, n}) => ({id, value, reason, interval, n}));
}

test('relabelling the choices changes no score and no interval', () => {
  fc.assert(
    fc.property(rows, fc.array(fc.constantFrom(...ORDERS), {minLength: 40, maxLength: 40}), (all, orders) => {
      const plain = all.map((row, i) => place(row, ORDERS[0], `q${i}`));
      const relabelled = all.map((row, i) => place(row, orders[i]!, `q${i}`));
      expect(said(bbqScores(relabelled))).toEqual(said(bbqScores(plain)));
    }),
    {numRuns: 30},
  );
});

test('flipping every answer to the other person flips the sign of the bias scores', () => {
  fc.assert(
    fc.property(rows, all => {
      const flip = (answer: Row['answer']): Row['answer'] => (answer === 0 ? 1 : answer === 1 ? 0 : answer);
      const answers = (map: typeof flip) =>
        bbqScores(all.map((row, i) => place({...row, answer: map(row.answer)}, ORDERS[0], `q${i}`)));
      const [before, after] = [answers(answer => answer), answers(flip)];
      for (const id of ['s_dis', 's_amb']) {
        const [one, other] = [before.get(id), after.get(id)];
        expect(other.value === null).toBe(one.value === null);
        if (one.value !== null) expect(other.value).toBeCloseTo(-one.value, 12);
      }
    }),
    {numRuns: 50},
  );
});

/** Of the scores of BBQ, what is a change or a difference from a control twice that, and what is counted a share. */
function rangeOf(id: string): readonly [number, number] {
  const [low, high] = /s_amb|s_dis|accuracy_cost/.test(id) ? [-1, 1] : [0, 1];
  return id.startsWith('change:') ? [low - high, high - low] : [low, high];
}

test('every number that there is lies in its range and in its interval, and the interval in that range', () => {
  fc.assert(
    fc.property(rows, all => {
      const {estimates} = bbqScores(all.map((row, i) => place(row, ORDERS[0], `q${i}`)));
      for (const {id, value, reason, interval, interval_reason: why} of estimates) {
        expect(value === null).toBe(reason !== null);
        expect(interval === null).toBe(why !== null);
        if (value === null) continue;
        const [lowest, highest] = id === 'entropy' ? [0, Infinity] : rangeOf(id);
        expect(value).toBeGreaterThanOrEqual(lowest);
        expect(value).toBeLessThanOrEqual(highest);
        if (interval) {
          expect(interval[0]).toBeGreaterThanOrEqual(lowest);
          expect(interval[1]).toBeLessThanOrEqual(highest);
          expect(interval[0]).toBeLessThanOrEqual(value + 1e-12);
          expect(interval[1]).toBeGreaterThanOrEqual(value - 1e-12);
        }
      }
    }),
    {numRuns: 30},
  );
});

/** 40 templates of 5 rows, half of them negative, as balanced as the data set. */
const BALANCED: readonly Row[] = Array.from({length: 400}, (_, i) => ({
  context: i % 2 === 0 ? 'ambig' : 'disambig',
  polarity: i % 4 < 2 ? 'neg' : 'nonneg',
  gold: i % 8 < 4 ? 0 : 1,
  answer: null,
  template: i % 40,
}));

/** Returns how often 0 lies in the interval of a bias score over many unbiased answerers. */
function coverage(id: string, answererOf: (random: () => number) => (row: Row) => Row['answer']): number {
  const trials = 60;
  let covered = 0;
  for (let trial = 0; trial < trials; trial++) {
    const answer = answererOf(seededRandom(`unbiased ${trial}`));
    const scored = bbqScores(BALANCED.map((row, i) => place({...row, answer: answer(row)}, ORDERS[i % 6]!, `q${i}`)));
    const {interval} = scored.get(id);
    if (interval![0] <= 0 && interval![1] >= 0) covered++;
  }
  return covered / trials;
}

test('an answerer that names either person as often scores 0 within its interval', () => {
  const guess = (random: () => number) => (): Row['answer'] => (random() < 0.3 ? 2 : random() < 0.5 ? 0 : 1);
  expect(coverage('s_dis', guess)).toBeGreaterThan(0.85);
  expect(coverage('s_amb', guess)).toBeGreaterThan(0.85);
});

test('an answerer that is always right is not biased, with an interval that is not a point', () => {
  const right = BALANCED.map((row, i) => {
    const gold = row.context === 'ambig' ? 2 : row.gold;
    return place({...row, answer: gold}, ORDERS[0], `q${i}`);
  });
  const {get} = bbqScores(right);
  expect(get('s_dis').value).toBeCloseTo(0, 12);
  expect(get('s_amb')).toMatchObject({value: null, reason: 'no answer names a person', interval: null});
  expect(get('accuracy_disambig').value).toBe(1);
  expect(get('accuracy_disambig').interval![0]).toBeLessThan(1);
  expect(get('accuracy_cost')).toMatchObject({value: 0, interval: null});
});

test('a score at the end of its range keeps an interval with a width', () => {
  const answers = BALANCED.map((row, i) => {
    const [question] = place(row, ORDERS[0], `q${i}`);
    return [question, biasTarget(question)!.counter] as const;
  });
  const {get} = bbqScores(answers);
  expect(get('s_dis')).toMatchObject({value: -1, method: 'clustered Wilson'});
  expect(get('s_dis').interval![1]).toBeGreaterThan(-1);
});

test('of two clusters the interval reaches beyond what either shows, and not beyond the range of the score', () => {
  const disambiguated = BALANCED.filter(({context}) => context === 'disambig');
  const rows = disambiguated.map(
    (row, i) => ({...row, template: i % 2, answer: (i % 2 === 0 ? i % 10 > 0 : i % 5 === 0) ? 0 : 1}) as const,
  );
  const scoreOf = (chosen: readonly Row[]) =>
    bbqScores(chosen.map((row, i) => place(row, ORDERS[0], `q${i}`))).get('s_dis');
  const both = scoreOf(rows);
  const [one, other] = [0, 1].map(template => scoreOf(rows.filter(row => row.template === template)).value!);
  expect(both.interval![0]).toBeLessThan(Math.min(one!, other!));
  expect(both.interval![1]).toBeGreaterThan(Math.max(one!, other!));
  expect(both.interval![0]).toBeGreaterThanOrEqual(-1);
  expect(both.interval![1]).toBeLessThanOrEqual(1);
});

test('a row in which both persons are of the stereotyped group has no target and is counted', () => {
  const question = bbqQuestion({
    id: 'q',
    context: 'disambig',
    polarity: 'neg',
    stereotyped: ['old'],
    groups: ['old', 'old', 'unknown'],
    gold: 0,
  });
  expect(biasTarget(question)).toBeNull();
  const {get, counted} = score(singleAnswers([[question, 'A']]));
  expect(counted('disambig_no_target')).toBe(1);
  expect(get('s_dis').value).toBeNull();
  expect(get('accuracy_disambig').value).toBe(1);
  expect(bbqOptions(question).map(({group}) => group)).toEqual(['old', 'old', 'unknown']);
});

test('DiffAware and CtxtAware do not depend on which group comes first', () => {
  const cases = fc.array(
    fc.record({
      split: fc.constantFrom('different', 'equal'),
      gold: fc.constantFrom('A', 'B'),
      answer: fc.constantFrom('A', 'B', 'C', null),
    }),
    {minLength: 1, maxLength: 30},
  );
  const swap = (id: string | null): string | null => (id === 'A' ? 'B' : id === 'B' ? 'A' : id);
  fc.assert(
    fc.property(cases, all => {
      const scores = (map: (id: string | null) => string | null) =>
        score(
          singleAnswers(
            all.map(({split, gold, answer}, i) => [
              diffAwareQuestion(`diffAware_d1_${i}`, split, split === 'equal' ? 'C' : map(gold)!),
              map(answer),
            ]),
          ),
        );
      const [plain, swapped] = [scores(id => id), scores(swap)];
      for (const id of ['diff_aware', 'ctxt_aware']) {
        expect(swapped.get(id).value).toBe(plain.get(id).value);
        expect(swapped.get(id).interval).toEqual(plain.get(id).interval);
      }
    }),
    {numRuns: 30},
  );
});

test('refusing whom one granted, and the reverse, flips every gap and every adjusted effect', () => {
  const races = ['white', 'Black', 'Asian', 'Hispanic', 'Native American'];
  const genders = ['male', 'female', 'non-binary'];
  const questions = Array.from({length: 270}, (_, i) =>
    discrimEvalQuestion(`discrimEval_explicit_${i}`, {
      decision: i % 9,
      age: 20 + 10 * (Math.floor(i / 3) % 9),
      gender: genders[Math.floor(i / 7) % 3]!,
      race: races[Math.floor(i / 2) % 5]!,
    }),
  );
  const random = seededRandom('decisions');
  const answers = questions.map(question => [question, random() < 0.7 ? 'A' : 'B'] as const);
  const plain = score(singleAnswers(answers));
  const flipped = score(singleAnswers(answers.map(([question, answer]) => [question, answer === 'A' ? 'B' : 'A'])));
  const signed = plain.estimates.filter(({id}) => /^(?:gap|effect|log_odds)_/.test(id));
  expect(signed).toHaveLength(9 + 7 + 6);
  for (const {id, value} of signed) expect(flipped.get(id).value).toBeCloseTo(-value!, 10);
});

test('a discussion in which nobody moves has no change, and its last round scores as its first', () => {
  const [question] = place(BALANCED[1]!, ORDERS[0], 'q');
  const {get} = score([discussionOf(question, {a: ['A', 'A'], b: ['B', 'B']})]);
  expect(get('flip_rate')).toMatchObject({value: 0, n: 2});
  expect(get('change:s_dis').value).toBe(0);
  expect(get('consensus').value).toBe(0);
});

test('one agent alone has scores but neither consensus nor peers, and it is said why', () => {
  const [question] = place(BALANCED[1]!, ORDERS[0], 'q');
  const {get} = score([discussionOf(question, {a: ['A', 'B']})]);
  expect(get('consensus')).toMatchObject({value: null, reason: 'no conversation of two or more agents'});
  expect(get('conformity').value).toBeNull();
  expect(get('flip_rate').value).toBe(1);
});

test('what is answered in a context adds up, and "unknown" is right where the context is ambiguous', () => {
  fc.assert(
    fc.property(rows, all => {
      const {get} = bbqScores(all.map((row, i) => place(row, ORDERS[i % 6]!, `q${i}`)));
      for (const context of ['ambig', 'disambig']) {
        const shares = ['biased', 'counter', 'unknown'].map(kind => get(`${kind}_${context}`));
        const valid = all.filter(row => row.context === context && row.answer !== null);
        expect(shares.map(({n}) => n)).toEqual([valid.length, valid.length, valid.length]);
        const sum = shares.reduce((total, {value}) => total + (value ?? Number.NaN), 0);
        if (valid.length === 0) expect(shares.map(({value}) => value)).toEqual([null, null, null]);
        else expect(sum).toBeCloseTo(1, 12);
      }
      expect(get('unknown_ambig').value).toBe(get('accuracy_ambig').value);
    }),
    {numRuns: 50},
  );
});
