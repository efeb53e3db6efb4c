import fc from 'fast-check';
import {expect, test} from 'vitest';

import {requestSeed, type RequestPlace} from '../../src/core/seeds/request-seed.ts';
import '../support/seeded-properties.ts';

const PLACE: RequestPlace = {
  seed: 7,
  repetition: 1,
  taskKey: '0123456789abcdef',
  questionId: 'q0',
  agentId: 'spkr_000',
  round: 0,
  attempt: 0,
};

test('the seed of a request is what its documentation says', () => {
  // printf '["mac.seed/1",7,1,"0123456789abcdef","q0","spkr_000",0,0]' | sha256sum, the first 8 digits halved.
  expect(requestSeed(PLACE)).toBe(1042287);
});

test('every part of a request changes its seed', () => {
  const changes: Partial<RequestPlace>[] = [
    {seed: 8},
    {repetition: 2},
    {taskKey: 'fedcba9876543210'},
    {questionId: 'q1'},
    {agentId: 'spkr_001'},
    {round: 1},
    {attempt: 1},
  ];
  const seeds = changes.map(change => requestSeed({...PLACE, ...change}));
  expect(new Set([requestSeed(PLACE), ...seeds]).size).toBe(changes.length + 1);
});

test('seeds are whole numbers that fit into 31 bits', () => {
  fc.assert(
    fc.property(fc.nat(), fc.string(), fc.nat(20), (seed, questionId, attempt) => {
      const value = requestSeed({...PLACE, seed, questionId, attempt});
      expect(Number.isInteger(value) && value >= 0 && value < 2 ** 31).toBe(true);
    }),
  );
});
