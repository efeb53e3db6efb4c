import {describe, expect, test} from 'vitest';

import {parseLabelFilters, selectTrials} from '../../src/plan/select-trials.ts';
import {aTrial} from './a-trial.ts';

const trials = [
  {hypothesis: 'h1', sub_experiment: 'a', seed: 11},
  {hypothesis: 'h1', sub_experiment: 'b,c', seed: 12},
  {hypothesis: 'h2', sub_experiment: 'a', seed: 11},
].map((labels, i) => ({trial: aTrial({id: `t${i}`, labels, seed: labels.seed})}));

const select = (...only: string[]): readonly number[] => selectTrials(trials, parseLabelFilters(only));

describe('--only', () => {
  test('without filters every trial is chosen', () => {
    expect(select()).toEqual([0, 1, 2]);
  });

  test('one label takes any of its values, several labels all hold', () => {
    expect(select('hypothesis=h1,h2')).toEqual([0, 1, 2]);
    expect(select('hypothesis=h1', 'seed=11')).toEqual([0]);
    expect(select('seed=11,12')).toEqual([0, 1, 2]);
  });

  test('the same label twice adds values', () => {
    expect(select('hypothesis=h1', 'hypothesis=h2')).toEqual([0, 1, 2]);
  });

  test('a value with a comma is found as a whole', () => {
    expect(select('sub_experiment=b,c')).toEqual([1]);
  });

  test('hyphens are underscores, and ids are run ids', () => {
    expect(select('sub-experiment=a')).toEqual([0, 2]);
    expect(select('run-id=t1')).toEqual([1]);
    expect(select('id=t0, t2')).toEqual([0, 2]);
  });

  test('a value that no trial has chooses none', () => {
    expect(select('hypothesis=h9')).toEqual([]);
    expect(select('seed=99')).toEqual([]);
  });

  test('a seed must be an integer', () => {
    expect(() => select('seed=x')).toThrow('seed "x" is no integer');
    expect(() => select('seed=1.5')).toThrow('no integer');
    expect(select('seed=011')).toEqual([0, 2]);
  });

  test('an unknown label is refused with a suggestion', () => {
    expect(() => select('hypotesis=h1')).toThrow(
      expect.objectContaining({code: 'label-unknown', hint: 'did you mean hypothesis?'}),
    );
  });

  test.each(['seed', '=1', 'seed=', 'seed=,'])('%s is refused', text => {
    expect(() => select(text)).toThrow(expect.objectContaining({code: 'only-usage'}));
  });
});
