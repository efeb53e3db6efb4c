import {expect, test} from 'vitest';

import {ModelLimit} from '../../../src/execute/requests/model-limit.ts';
import type {ServedModel} from '../../../src/execute/requests/served-model.ts';
import {ManualClock} from '../../support/manual-clock.ts';
import {aModel} from '../../support/scripted-backend.ts';

function makeLimit(limit: ServedModel['limit']) {
  const clock = new ManualClock();
  const model = aModel({limit});
  const over = new AbortController();
  const limits: number[] = [];
  const state = {inFlight: 0};
  const modelLimit = new ModelLimit(model, {
    clock,
    signal: over.signal,
    inFlight: () => state.inFlight,
    onLimit: each => limits.push(each),
  });
  return {clock, backend: model.backend, over, limits, state, modelLimit};
}

test('a model that has answered nothing gets sixteen calls, and all of its limit after the first answer', () => {
  const {modelLimit, limits} = makeLimit(100);
  expect(modelLimit.current).toBe(16);
  modelLimit.answered(50);
  modelLimit.answered(50);
  expect(modelLimit.current).toBe(100);
  expect(limits).toEqual([100]);
  expect(makeLimit(3).modelLimit.current).toBe(3);
});

test('or after it was silent for five seconds, which no refusal takes', async () => {
  const {clock, modelLimit, limits} = makeLimit(100);
  const proving = modelLimit.proveByTime();
  await clock.advance(4_999);
  expect(modelLimit.current).toBe(16);
  await clock.advance(1);
  await proving;
  expect(limits).toEqual([100]);
});

test('a fixed limit is not steered', async () => {
  const {modelLimit, limits} = makeLimit(100);
  await modelLimit.steer();
  modelLimit.timedOut(0);
  expect(limits).toEqual([]);
});

test('a steered limit follows the load that the server reports, a look every second', async () => {
  const {clock, backend, over, limits, state, modelLimit} = makeLimit('auto');
  const steering = modelLimit.steer();
  modelLimit.answered(50);
  state.inFlight = 16;
  backend.nextLoad = {running: 16, waiting: 0, kvCacheUse: 0.1, preemptionsTotal: 7, kvCapacitySequences: null};
  await clock.advance(1_000);
  expect(modelLimit.current).toBe(25);
  // Preemptions are counted from look to look: eight in all are one since the last.
  backend.nextLoad = {...backend.nextLoad, preemptionsTotal: 8};
  await clock.advance(1_000);
  expect(modelLimit.current).toBe(21);
  await clock.advance(500);
  over.abort();
  await steering;
  expect(limits).toEqual([16, 25, 21]);
});

test('without metrics it goes by how calls end: what is counted at one look is not counted at the next', async () => {
  const {clock, over, state, modelLimit} = makeLimit('auto');
  const steering = modelLimit.steer();
  state.inFlight = 16;
  modelLimit.answered(50);
  modelLimit.refused();
  await clock.advance(1_000);
  expect(modelLimit.current).toBe(11);
  await clock.advance(3_000);
  expect(modelLimit.current).toBe(11);
  over.abort();
  await steering;
});

test('calls that were out together and time out lower it once', async () => {
  const {clock, limits, modelLimit} = makeLimit('auto');
  modelLimit.answered(50);
  await clock.advance(10_000);
  modelLimit.timedOut(2_000);
  modelLimit.timedOut(3_000);
  expect(modelLimit.current).toBe(8);
  await clock.advance(10_000);
  modelLimit.timedOut(11_000);
  expect(limits).toEqual([16, 8, 4]);
});
