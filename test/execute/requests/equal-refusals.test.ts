import {expect, test} from 'vitest';

import {EqualRefusals} from '../../../src/execute/requests/equal-refusals.ts';

test('ten conversations that are refused alike before any answer are enough', () => {
  const refusals = new EqualRefusals();
  for (let n = 1; n < 10; n++) expect(refusals.add(n, 'bad parameter')).toBeNull();
  expect(refusals.add(10, 'bad parameter')).toBe(10);
});

test('refusals of one conversation, or with different texts, are not', () => {
  const refusals = new EqualRefusals();
  const texts = ['no tools', 'no images', 'no seed', 'no audio'];
  for (let n = 0; n < 30; n++) {
    expect(refusals.add(1, 'bad parameter')).toBeNull();
    expect(refusals.add(n, texts[n % 4] ?? '')).toBeNull();
  }
});

test('after an answer the count begins again, and five are enough', () => {
  const refusals = new EqualRefusals();
  for (let n = 0; n < 9; n++) refusals.add(n, 'bad parameter');
  refusals.answered();
  expect(refusals.hasAnswered).toBe(true);
  for (let n = 1; n < 5; n++) expect(refusals.add(n, 'bad parameter')).toBeNull();
  expect(refusals.add(5, 'bad parameter')).toBe(5);
});

test('what was held comes out once, in its order', () => {
  const refusals = new EqualRefusals();
  const ran: number[] = [];
  for (const n of [1, 2]) refusals.hold(() => ran.push(n));
  for (const then of refusals.answered()) then();
  refusals.hold(() => ran.push(3));
  for (const then of refusals.release()) then();
  expect(refusals.release()).toEqual([]);
  expect(ran).toEqual([1, 2, 3]);
});
