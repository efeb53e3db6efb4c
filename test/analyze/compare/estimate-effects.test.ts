import fc from 'fast-check';
import {describe, expect, test} from 'vitest';

import {seededRandom} from '../../../src/core/seeds/random.ts';
import {estimateEffects} from '../../../src/analyze/compare/estimate-effects.ts';
import {aQuestion, bbqQuestion, discrimEvalQuestion} from '../a-question.ts';
import {discussionOf, score, singleAnswers} from '../score.ts';
import {effect, pairCells, type Conversations} from './paired-cells.ts';

/** Answers of a lone agent: 1 is right. */
function answered(rights: readonly (0 | 1 | null)[], prefix = 'q'): Conversations {
  return singleAnswers(
    rights.map((right, i) => [aQuestion(`${prefix}${i}`), right === null ? null : right === 1 ? 'A' : 'B'] as const),
  );
}

/** BBQ rows of some templates; answers from 0 (the stereotyped person) to 2 (nobody). */
function bbqAnswers(answers: readonly (0 | 1 | 2)[], templates = 4): Conversations {
  return singleAnswers(
    answers.map((answer, i) => {
      const context = i % 2 === 0 ? 'ambig' : 'disambig';
      const question = bbqQuestion({
        id: `q${i}`,
        context,
        polarity: 'neg',
        stereotyped: ['old'],
        groups: ['old', 'nonOld', 'unknown'],
        gold: context === 'ambig' ? 2 : 1,
        template: String(i % templates),
      });
      return [question, 'ABC'[answer]!] as const;
    }),
  );
}

const BBQ_IDS = ['accuracy_ambig', 'accuracy_disambig', 's_amb', 's_dis', 'accuracy_cost', 'change:s_dis', 'entropy'];

const A = [1, 1, 0, 0, 0, 1, 1, 1] as const;
const B = [1, 0, 0, 0, 1, 1, 0, 1] as const;

describe('means', () => {
  test('eight questions answered twice, by hand: .125 ± .22658, not the .26305 of unpaired answers', () => {
    const {first, second, difference, standard_error, interval, p_value, mcnemar, questions, clusters} = effect(
      [pairCells([answered(A)], [answered(B)], ['accuracy'])],
      'accuracy',
    );
    expect([first, second, difference, questions, clusters]).toEqual([0.625, 0.5, 0.125, 8, 8]);
    expect(standard_error).toBeCloseTo(0.22658, 5);
    // t(7) = 2.36462 and 2·P(T > .55168).
    expect(interval![0]).toBeCloseTo(0.125 - 2.3646243 * 0.2265817, 5);
    expect(interval![1]).toBeCloseTo(0.125 + 2.3646243 * 0.2265817, 5);
    expect(p_value).toBeCloseTo(0.5983, 4);
    expect(mcnemar).toEqual({only_first: 2, only_second: 1, p_value: 1});
  });

  test('the values are those of mac results on the same questions, also where a side has an answer too few', () => {
    const [one, other] = [answered([1, 1, 0, null, 1]), answered([0, 1, 0, 0, 1])];
    const {first, second} = effect([pairCells([one], [other], ['accuracy'])], 'accuracy');
    expect(first).toBeCloseTo(score(one).get('accuracy').value!, 12);
    expect(second).toBeCloseTo(score(other).get('accuracy').value!, 12);
  });

  test('repetitions are averaged before they are paired: three of one question do not weigh three times', () => {
    const [once, again] = [answered([1, 0, 0, 0]), answered([1])];
    const repeated = effect([pairCells([once, again, again], [answered([0, 0, 0, 1])], ['accuracy'])], 'accuracy');
    expect(repeated.first).toBe(0.25);
    expect(repeated.difference).toBe(0);
    expect(repeated.questions).toBe(4);
  });

  test('only questions that both sides have count, and the same id with other choices is another question', () => {
    const changed = singleAnswers([[aQuestion('q0', {texts: ['Yes', 'Never']}), 'A']]);
    const first = [...changed, ...answered([0, 1, 1]).slice(1), ...answered([1], 'only')];
    const cells = pairCells([first], [answered([1, 1, 0, 1])], ['accuracy']);
    expect(cells.unmatched).toEqual({only_first: 1, only_second: 1, changed: 1});
    expect(effect([cells], 'accuracy')).toMatchObject({first: 1, second: 0.5, questions: 2});
  });

  test('where all clusters show the same difference there is no interval, and a test of none at all says 1', () => {
    const same = pairCells([answered([1, 0, 1])], [answered([1, 0, 1])], ['accuracy']);
    expect(effect([same], 'accuracy')).toMatchObject({difference: 0, interval: null, p_value: 1});
    const opposite = pairCells([answered([1, 1, 1])], [answered([0, 0, 0])], ['accuracy']);
    expect(effect([opposite], 'accuracy')).toMatchObject({difference: 1, interval: null, p_value: null});
    expect(effect([opposite], 'accuracy').interval_reason).toContain('nothing varies');
  });

  test('one cluster has a difference and nothing more', () => {
    const cells = pairCells([answered([1])], [answered([0])], ['accuracy']);
    expect(effect([cells], 'accuracy')).toMatchObject({
      difference: 1,
      interval: null,
      interval_reason: 'fewer than two clusters',
      p_value: null,
    });
  });

  test('nothing to take a share of is no 0 but a reason', () => {
    const cells = pairCells([answered([null, null])], [answered([1, 0])], ['accuracy', 'flip_rate']);
    expect(effect([cells], 'accuracy')).toMatchObject({difference: null, reason: 'no valid answer', p_value: null});
    expect(effect([cells], 'flip_rate').reason).toBe('no agent answered in two rounds');
  });
});

describe('blocks', () => {
  test('the effect is the average of the blocks, and equal blocks tell no more than one', () => {
    const [one, other] = [
      pairCells([answered(A)], [answered(B)], ['accuracy']),
      pairCells([answered(B)], [answered([0, 0, 0, 0, 1, 1, 0, 1])], ['accuracy']),
    ];
    const both = effect([one, other], 'accuracy');
    expect(both.difference).toBeCloseTo(0.125, 12);
    expect(both).toMatchObject({questions: 8, clusters: 8, blocks: 2, mcnemar: null});
    // By hand: the questions' differences are averaged over the blocks, and then they are eight values.
    const perQuestion = A.map((_, i) => (A[i]! - B[i]! + (B[i]! - [0, 0, 0, 0, 1, 1, 0, 1][i]!)) / 2);
    const squares = perQuestion.reduce((sum, d) => sum + (d - 0.125) ** 2, 0);
    expect(both.standard_error).toBeCloseTo(Math.sqrt(squares / 7 / 8), 12);
    const twice = effect([one, one], 'accuracy');
    expect(twice.interval![0]).toBeCloseTo(effect([one], 'accuracy').interval![0], 12);
  });

  test('a block in which a metric is not defined is left out of that metric alone', () => {
    const defined = pairCells([bbqAnswers([0, 0, 1, 1, 0, 1, 2, 0])], [bbqAnswers([1, 0, 1, 1, 0, 1, 1, 0])], BBQ_IDS);
    const nobody = pairCells([bbqAnswers([2, 2, 2, 2, 2, 2, 2, 2])], [bbqAnswers([1, 0, 1, 1, 0, 1, 1, 0])], BBQ_IDS);
    expect(effect([defined, nobody], 's_dis').blocks).toBe(1);
    expect(effect([defined, nobody], 'accuracy_ambig').blocks).toBe(2);
    expect(effect([nobody], 's_dis')).toMatchObject({difference: null, reason: 'no answer names a person', blocks: 0});
  });
});

describe('properties', () => {
  const answers = fc.array(fc.constantFrom<(0 | 1 | 2)[]>(0, 1, 2), {minLength: 16, maxLength: 16});

  test('the other way round every effect has the other sign, the mirrored interval and the same p-value', () => {
    fc.assert(
      fc.property(answers, answers, (a, b) => {
        const forth = estimateEffects([pairCells([bbqAnswers(a)], [bbqAnswers(b)], BBQ_IDS)], {draws: 99, seed: 's'});
        const back = estimateEffects([pairCells([bbqAnswers(b)], [bbqAnswers(a)], BBQ_IDS)], {draws: 99, seed: 's'});
        forth.forEach((one, i) => {
          const other = back[i]!;
          expect(other.difference === null).toBe(one.difference === null);
          expect(other.difference ?? 0).toBeCloseTo(-(one.difference ?? 0), 12);
          expect(other.interval?.[0] ?? 0).toBeCloseTo(-(one.interval?.[1] ?? 0), 12);
          expect(other.p_value ?? -1).toBeCloseTo(one.p_value ?? -1, 12);
        });
      }),
      {numRuns: 30},
    );
  });

  test('a condition does not differ from itself', () => {
    fc.assert(
      fc.property(answers, a => {
        const cells = pairCells([bbqAnswers(a)], [bbqAnswers(a)], BBQ_IDS);
        for (const {difference, p_value: p} of estimateEffects([cells], {draws: 99, seed: 's'})) {
          if (difference !== null) expect(difference).toBeCloseTo(0, 12);
          if (p !== null) expect(p).toBe(1);
        }
      }),
      {numRuns: 20},
    );
  });

  test('an interval leaves 0 out where its p-value is below .05, and nowhere else', () => {
    const random = seededRandom('agreement of interval and test');
    for (let trial = 0; trial < 40; trial++) {
      const draw = (): (0 | 1 | 2)[] => Array.from({length: 24}, () => Math.floor(random() * 3) as 0 | 1 | 2);
      const cells = pairCells([bbqAnswers(draw(), 8)], [bbqAnswers(draw(), 8)], BBQ_IDS);
      for (const {interval, p_value: p} of estimateEffects([cells], {draws: 999, seed: String(trial)})) {
        if (!interval || p === null) continue;
        expect(interval[0] > 0 || interval[1] < 0).toBe(p < 0.05);
      }
    }
  });
});

test('an adjusted effect differs by the effect of the differences, whatever the regressors', () => {
  const questions = Array.from({length: 120}, (_, i) =>
    discrimEvalQuestion(`discrimEval_explicit_${i}`, {
      decision: i % 8,
      age: 20 + 10 * (Math.floor(i / 3) % 9),
      gender: ['male', 'female', 'non-binary'][Math.floor(i / 7) % 3]!,
      race: ['white', 'Black', 'Asian', 'Hispanic', 'Native American'][Math.floor(i / 2) % 5]!,
    }),
  );
  const random = seededRandom('two decisions');
  const decide = (): Conversations =>
    questions.map(question =>
      discussionOf(question, {a: [random() < 0.6 ? 'A' : 'B'], b: [random() < 0.6 ? 'A' : 'B']}),
    );
  const [one, other] = [decide(), decide()];
  const ids = ['effect_black', 'effect_age_per_10_years'];
  for (const id of ids) {
    const {first, second, difference, standard_error, method, clusters} = effect([pairCells([one], [other], ids)], id);
    expect(first).toBeCloseTo(score(one).get(id).value!, 12);
    expect(difference).toBeCloseTo(first! - second!, 12);
    expect(standard_error).toBeGreaterThan(0);
    expect({method, clusters}).toEqual({method: 'clustered t', clusters: 8});
  }
  expect(effect([pairCells([one], [one], ids)], 'effect_black')).toMatchObject({difference: 0, p_value: 1});
});
