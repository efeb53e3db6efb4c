import {expect, test} from 'vitest';

import {countStates, countDone, mergeStates, recordedCounts} from '../../../src/record/task/question-states.ts';

const isFinal = (outcome: string): boolean => outcome === 'filtered';

function manifest(questions: object, journal: any[] = []): any {
  return {path: 'm', manifest: {questions}, journal};
}

function entry(id: string, outcome: string | undefined, tries?: number): any {
  const status = outcome === 'succeeded' ? 'succeeded' : 'failed';
  return {question_id: id, transcript_id: `t-${id}`, status, index: {outcome}, ...(tries === undefined ? {} : {tries})};
}

const states = (earlier: any[], final = isFinal, indexed: any[] = []): object =>
  Object.fromEntries(mergeStates(earlier, final, indexed));

test('a question that ended with a final outcome is done, any other failure is null; both keep how they ended', () => {
  expect(states([manifest({}, [entry('a', 'succeeded', 1), entry('b', 'filtered', 1), entry('c', 'cut', 2)])])).toEqual(
    {
      a: {status: 'succeeded', transcript_id: 't-a'},
      b: {status: 'filtered', transcript_id: 't-b', outcome: 'filtered', tries: 1},
      c: {status: null, transcript_id: 't-c', outcome: 'cut', tries: 2},
    },
  );
});

test('what is final is decided by the config of whoever reads, not of whoever wrote', () => {
  const written = manifest({
    a: {status: 'filtered', transcript_id: 't', outcome: 'filtered', tries: 1},
    b: {status: null, transcript_id: 'u', outcome: 'cut', tries: 1},
  });
  expect(states([written], outcome => outcome === 'cut')).toMatchObject({a: {status: null}, b: {status: 'cut'}});
});

test('records of versions that knew no outcomes: a success is one, all else is null', () => {
  const old = manifest({a: {status: 'succeeded', transcript_id: 't'}, b: {status: null, transcript_id: 'u'}}, [
    entry('b', undefined),
  ]);
  expect(states([old], () => true)).toEqual({
    a: {status: 'succeeded', transcript_id: 't'},
    b: {status: null, transcript_id: 't-b'},
  });
});

test('a success counts wherever it is, else the later try; a manifest that has taken in its journal counts nothing twice', () => {
  const first = manifest({a: {status: null, transcript_id: 't', outcome: 'cut', tries: 2}}, [
    entry('a', 'unusable', 1),
    entry('a', 'cut', 2),
  ]);
  expect(states([first])).toMatchObject({a: {outcome: 'cut', tries: 2}});
  expect(states([manifest({}, [entry('a', 'succeeded', 1)]), first])).toMatchObject({a: {status: 'succeeded'}});
});

test('a damaged manifest is made up for by the index, whose attempts are the tries', () => {
  const line = (attempt: number, outcome: string): any => ({
    question_id: 'a',
    transcript_path: 'x/t.json',
    status: 'failed',
    outcome,
    attempt,
  });
  expect(states([], isFinal, [line(1, 'cut'), line(1, 'cut'), line(2, 'filtered')])).toEqual({
    a: {status: 'filtered', transcript_id: 't', outcome: 'filtered', tries: 2},
  });
});

test('counts say what is done and how the rest ended; what older readers expect stays where nothing ended otherwise', () => {
  const counts = countStates(
    mergeStates([manifest({}, [entry('a', 'succeeded', 1), entry('b', 'filtered', 1), entry('c', 'cut', 1)])], isFinal),
  );
  expect(recordedCounts(counts)).toEqual({total: 3, succeeded: 1, done: 2, outcomes: {filtered: 1, cut: 1}});
  expect(countDone(recordedCounts(counts))).toBe(2);
  const plain = recordedCounts(countStates(mergeStates([manifest({}, [entry('a', 'succeeded', 1)])], isFinal)));
  expect(plain).toEqual({total: 1, succeeded: 1});
  expect(countDone(plain)).toBe(1);
});
