import {expect, test} from 'vitest';

import {AnswerRounds} from '../../src/schedule/answer-rounds.ts';

/** Answers a whole round under a limit. */
function round(rounds: AnswerRounds, limit: number, latencyMs: number): ReturnType<AnswerRounds['add']> {
  return rounds.add(limit, limit, latencyMs);
}

test('there is no verdict before as many answers came as the limit lets out, nor from a few', () => {
  const rounds = new AnswerRounds();
  expect(rounds.add(16, 15, 100)).toBeNull();
  expect(rounds.add(16, 0, null)).toBeNull();
  expect(rounds.add(16, 1, 100)).toBe('grow');
  // A limit of 2 needs several rounds for a mean of eight.
  const small = new AnswerRounds();
  expect([1, 2, 3].map(() => small.add(2, 2, 100))).toEqual([null, null, null]);
  expect(small.add(2, 2, 100)).toBe('grow');
});

test('answers without a known latency let the limit grow', () => {
  expect(new AnswerRounds().add(16, 16, null)).toBe('grow');
});

test('growth goes on where latency hardly grows', () => {
  const rounds = new AnswerRounds();
  for (let limit = 10; limit < 1_000; limit = Math.ceil(limit * 1.5)) {
    expect(round(rounds, limit, 1_000 + limit)).toBe('grow');
  }
});

test('where latency grows as the limit does, it goes back to the limit that was as good, and stays for a while', () => {
  const rounds = new AnswerRounds();
  expect(round(rounds, 10, 1_000)).toBe('grow');
  // Its answers were sent under the limit of 10.
  expect(round(rounds, 20, 1_000)).toBe('grow');
  expect(round(rounds, 20, 2_000)).toBe(10);
  for (let n = 0; n < 8; n++) expect(round(rounds, 10, 1_000)).toBe('stay');
  expect(round(rounds, 10, 1_000)).toBe('grow');
});

test('each vain attempt to grow doubles the pause before the next, up to a bound; one that pays ends that', () => {
  const rounds = new AnswerRounds();
  const pauses: number[] = [];
  const growInVain = (): void => {
    round(rounds, 10, 1_000);
    round(rounds, 20, 1_000);
    expect(round(rounds, 20, 2_000)).toBe(10);
  };
  const countPause = (): number => {
    let pause = 0;
    while (round(rounds, 10, 1_000) === 'stay') pause++;
    rounds.forget();
    return pause;
  };
  for (let n = 0; n < 6; n++) {
    growInVain();
    pauses.push(countPause());
  }
  expect(pauses).toEqual([8, 16, 32, 64, 128, 128]);
  round(rounds, 10, 1_000);
  round(rounds, 20, 1_000);
  expect(round(rounds, 20, 1_000)).toBe('grow');
  rounds.forget();
  growInVain();
  expect(countPause()).toBe(8);
});

test('what was measured before the limit was changed for another reason is not compared', () => {
  const rounds = new AnswerRounds();
  round(rounds, 10, 1_000);
  rounds.add(20, 19, 1_000);
  rounds.forget();
  // The nineteen answers are forgotten, and so is the latency at the limit of 10.
  expect(rounds.add(20, 1, 9_000)).toBeNull();
  expect(rounds.add(20, 19, 9_000)).toBe('grow');
});
