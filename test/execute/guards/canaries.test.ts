import {expect, test} from 'vitest';

import {Canaries} from '../../../src/execute/guards/canaries.ts';

test('canaries that all fail keep the rest from being sent, with their reasons', () => {
  const canaries = new Canaries(3, 20);
  expect(canaries.unopened).toBe(3);
  for (const reason of ['cut', 'not JSON', 'cut']) {
    canaries.opened();
    expect(canaries.verdict).toBeNull();
    canaries.ended(reason);
  }
  expect(canaries.areOver).toBe(true);
  expect(canaries.verdict).toContain('its first 3 conversations (canary) all failed');
  expect(canaries.verdict).toContain('cut; not JSON');
});

test('of which one gives a result let the rest follow', () => {
  const canaries = new Canaries(2, 20);
  canaries.ended('cut');
  expect(canaries.areOver).toBe(false);
  canaries.ended(null);
  expect([canaries.areOver, canaries.verdict]).toEqual([true, null]);
});

test('are none where no question would be left to follow', () => {
  expect(new Canaries(3, 3).exist).toBe(false);
  expect(new Canaries(3, 4).exist).toBe(true);
  expect(new Canaries(0, 3).areOver).toBe(true);
});

test('are only the first: what is opened and ends afterwards changes nothing', () => {
  const canaries = new Canaries(1, 20);
  for (const end of [null, 'cut', 'cut']) {
    canaries.opened();
    canaries.ended(end);
  }
  expect([canaries.unopened, canaries.verdict]).toEqual([0, null]);
});
