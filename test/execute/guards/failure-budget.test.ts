import {expect, test} from 'vitest';

import {FailureBudget} from '../../../src/execute/guards/failure-budget.ts';

test('a budget of failures is a number of conversations', () => {
  const budget = new FailureBudget(3);
  expect([true, false, true, false].map(failed => budget.add(failed))).toEqual([null, null, null, null]);
  expect(budget.add(true)).toBe('--fail-after 3: 3 conversations failed');
  expect(new FailureBudget(1).add(true)).toBe('--fail-after 1: 1 conversations failed');
});

test('or a share of those that ended, once they are enough to tell', () => {
  const budget = new FailureBudget(0.2);
  for (let i = 0; i < 19; i++) expect(budget.add(i < 10)).toBeNull();
  expect(budget.add(true)).toBe('--fail-after 0.2: 11 of 20 conversations failed');
  const good = new FailureBudget(0.2);
  for (let i = 0; i < 200; i++) expect(good.add(i % 10 === 0)).toBeNull();
});

test('that is reached exactly is no reason to stop', () => {
  const budget = new FailureBudget(0.5);
  for (let i = 0; i < 40; i++) expect(budget.add(i % 2 === 1)).toBeNull();
  expect(budget.add(true)).toBe('--fail-after 0.5: 21 of 41 conversations failed');
});

test('or none', () => {
  const budget = new FailureBudget(undefined);
  for (let i = 0; i < 100; i++) expect(budget.add(true)).toBeNull();
});
