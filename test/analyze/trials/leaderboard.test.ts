import {expect, test} from 'vitest';

import {scoreTrials} from '../../../src/analyze/trials/results.ts';
import {describeRanks} from '../../../src/analyze/trials/tables.ts';
import {makeSelection, type GivenTrial} from './recorded-trials.ts';

const trials = (
  task: string,
  trainer: string,
  scores: readonly number[],
  more: Partial<GivenTrial> = {},
): GivenTrial[] => scores.map((score, i) => ({labels: {task, trainer}, seed: i + 1, metrics: {score}, ...more}));

const rank = (given: readonly GivenTrial[], request: Parameters<typeof scoreTrials>[1] = {}) =>
  scoreTrials(makeSelection(given), request).leaderboards.filter(({metric}) => metric === 'score');

test('the leaderboard of each task ranks by the mean, the highest first', () => {
  const boards = rank([
    ...trials('t1', 'a', [1, 1.1]),
    ...trials('t1', 'b', [3, 3.1]),
    ...trials('t2', 'a', [5, 5.1]),
    ...trials('t2', 'b', [4, 4.1]),
  ]);
  expect(boards.map(({task}) => task?.value)).toEqual(['t1', 't2']);
  expect(boards.map(({rows}) => rows.map(({rank: place, cell}) => `${place} ${cell['trainer']}`))).toEqual([
    ['1 b', '2 a'],
    ['1 a', '2 b'],
  ]);
});

test('a metric that is minimised ranks the lowest first', () => {
  const given = [...trials('t', 'a', [1, 1.1]), ...trials('t', 'b', [3, 3.1])];
  const [board] = rank(given, {minimised: ['score']});
  expect(board).toMatchObject({better: 'lower'});
  expect(board?.rows.map(({cell}) => cell['trainer'])).toEqual(['a', 'b']);
});

test('equal means share a rank, and the next rank is left out', () => {
  // 0.1 + 0.2 is not 0.3 in binary: sums of the same scores in another order are still equal.
  const [board] = rank([
    ...trials('t', 'a', [0.1, 0.2, 0.3]),
    ...trials('t', 'b', [0.3, 0.2, 0.1]),
    ...trials('t', 'c', [0.05, 0.05, 0.06]),
  ]);
  expect(board?.rows.map(({rank: place}) => place)).toEqual([1, 1, 3]);
});

test('cells whose intervals overlap, or that have none, are not told apart; cells with separate intervals are', () => {
  const [board] = rank([
    ...trials('t', 'clear', [9, 9.01, 9.02]),
    ...trials('t', 'wide', [2, 4, 6]),
    ...trials('t', 'near', [3, 3.9, 4.5]),
    ...trials('t', 'once', [1]),
  ]);
  expect(board?.rows.map(({cell, not_told_apart_from: ranks}) => [cell['trainer'], ranks])).toEqual([
    ['clear', []],
    ['wide', []],
    ['near', [2]],
    ['once', [1, 2, 3]],
  ]);
});

test('T60: a failed trial with the top score has no place; the cell is named with its reason', () => {
  const [board] = rank([
    ...trials('t', 'good', [1, 2]),
    ...trials('t', 'bad', [99, 98], {status: 'failed'}),
    ...trials('t', 'half', [1.5]),
    {labels: {task: 't', trainer: 'half'}, seed: 2, status: 'timeout', metrics: {score: 99}},
  ]);
  expect(board?.rows.map(({cell, scored, trials: all}) => [cell['trainer'], scored, all])).toEqual([
    ['good', 2, 2],
    ['half', 1, 2],
  ]);
  expect(board?.unranked).toEqual([{cell: {trainer: 'bad'}, reason: 'no trial succeeded: 2 failed'}]);
});

test('tasks are not ranked against each other', () => {
  expect(rank([...trials('t1', 'a', [1, 2]), ...trials('t2', 'a', [3, 4])])).toEqual([]);
});

test('T60: where nothing succeeded the leaderboard is there, and empty', () => {
  const [board] = rank([...trials('t', 'a', [1], {status: 'failed'}), ...trials('t', 'b', [2], {status: 'timeout'})]);
  expect(board).toMatchObject({rows: [], unranked: [{reason: 'no trial succeeded: 1 failed'}, {}]});
});

test.each([
  [[], ''],
  [[1], '1'],
  [[1, 2], '1, 2'],
  [[1, 3, 4, 5, 9, 10], '1, 3–5, 9, 10'],
])('ranks %j are written as %s', (ranks, text) => {
  expect(describeRanks(ranks)).toBe(text);
});
