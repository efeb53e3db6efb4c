import {describe, expect, test} from 'vitest';

import {duration, failAfter} from '../../src/cli/options/arguments.ts';
import {Canaries} from '../../src/execute/guards/canaries.ts';
import {FailureBudget} from '../../src/execute/guards/failure-budget.ts';

describe('a budget of failures', () => {
  test('is a number of conversations', () => {
    const budget = new FailureBudget(3);
    expect([true, false, true, false].map(failed => budget.add(failed))).toEqual([null, null, null, null]);
    expect(budget.add(true)).toBe('--fail-after 3: 3 conversations failed');
  });

  test('or a share of those that ended, once they are enough to tell', () => {
    const budget = new FailureBudget(0.2);
    for (let i = 0; i < 19; i++) expect(budget.add(i < 10)).toBeNull();
    expect(budget.add(true)).toBe('--fail-after 0.2: 11 of 20 conversations failed');
    const good = new FailureBudget(0.2);
    for (let i = 0; i < 200; i++) expect(good.add(i % 10 === 0)).toBeNull();
  });

  test('or none', () => {
    const budget = new FailureBudget(undefined);
    for (let i = 0; i < 100; i++) expect(budget.add(true)).toBeNull();
  });
});

describe('canaries', () => {
  test('that all fail keep the rest from being sent, with their reasons', () => {
    const canaries = new Canaries(3, 20);
    expect(canaries.unopened).toBe(3);
    for (const reason of ['cut', 'not JSON', 'cut']) {
      canaries.opened();
      canaries.ended(reason);
    }
    expect(canaries.areOver).toBe(true);
    expect(canaries.verdict).toContain('its first 3 conversations (canary) all failed');
    expect(canaries.verdict).toContain('cut; not JSON');
  });

  test('of which one gives a datum let the rest follow', () => {
    const canaries = new Canaries(2, 20);
    canaries.ended('cut');
    expect(canaries.areOver).toBe(false);
    canaries.ended(null);
    expect([canaries.areOver, canaries.verdict]).toEqual([true, null]);
  });

  test('are none where no question would be left to follow', () => {
    expect(new Canaries(3, 3).exist).toBe(false);
    expect(new Canaries(0, 3).areOver).toBe(true);
  });
});

test('times and limits of failures are read as people write them', () => {
  expect(['600', '90s', '30m', '1h30m', '1h2m3s'].map(duration)).toEqual([600e3, 90e3, 1_800e3, 5_400e3, 3_723e3]);
  for (const wrong of ['', 'soon', '3d', '5 m', 'm', '-1s']) expect(() => duration(wrong), wrong).toThrow(/30m/);
  expect(['20', '1', '0.2', '20%', '12.5%'].map(failAfter)).toEqual([20, 1, 0.2, 0.2, 0.125]);
  for (const wrong of ['', '0', '1.5', '100%', '0%', 'x', '-1']) expect(() => failAfter(wrong), wrong).toThrow(/20%/);
});
