import {expect, test} from 'vitest';

import type {FailureReason} from '../../../src/backend/backend.ts';
import {CallRetries, type FailedAttempt} from '../../../src/execute/requests/call-retries.ts';
import {ModelGate} from '../../../src/execute/requests/model-gate.ts';
import {ManualClock, settlePromises} from '../../support/manual-clock.ts';
import {aFailure, aModel} from '../../support/scripted-backend.ts';

function makeRetries(maxRetries = 2) {
  const clock = new ManualClock();
  const stop = new AbortController();
  const gate = new ModelGate(aModel({maxRetries}), {
    clock,
    signal: stop.signal,
    inFlight: () => 0,
    onLimit: () => undefined,
    onPaused: () => undefined,
    onGone: () => undefined,
    onCrash: () => undefined,
  });
  return {clock, stop, gate, retries: new CallRetries({clock, random: () => 0.5, stopped: stop.signal})};
}

function attempt(callAttempt: number, repeatsCalls = true): FailedAttempt {
  return {speaker: {repeatsCalls}, callAttempt};
}

test.each<[FailureReason, number, boolean]>([
  ['timeout', 1, true],
  ['timeout', 2, false],
  ['overloaded', 2, false],
  ['rate-limited', 99, true],
  ['unreachable', 99, true],
  ['engine-dead', 99, true],
  ['loading', 99, true],
])('a call that failed with %s after %i others may be repeated: %s', (reason, callAttempt, may) => {
  const {retries, gate} = makeRetries();
  expect(retries.mayRetry(attempt(callAttempt), gate, aFailure(reason))).toBe(may);
});

test('no call is repeated that cannot succeed, or where the config wants none repeated', () => {
  const {retries, gate} = makeRetries();
  expect(retries.mayRetry(attempt(0), gate, aFailure('refused', {retryable: false}))).toBe(false);
  expect(retries.mayRetry(attempt(0, false), gate, aFailure('rate-limited'))).toBe(false);
  expect(retries.mayRetry(attempt(0), makeRetries(0).gate, aFailure('rate-limited'))).toBe(false);
});

test('a call waits for its delay, or as long as the server asked, and is counted meanwhile', async () => {
  const {clock, retries, gate} = makeRetries();
  const due: string[] = [];
  void retries.repeatLater(attempt(1), gate, aFailure('timeout'), () => due.push('delay'));
  const asked = aFailure('rate-limited', {retryAfterMs: 7_000});
  void retries.repeatLater(attempt(1), gate, asked, () => due.push('asked'));
  expect(retries.waiting).toBe(2);
  await clock.advance(500);
  expect([retries.waiting, ...due]).toEqual([1, 'delay']);
  await clock.advance(6_749);
  expect(retries.waiting).toBe(1);
  await clock.advance(1);
  expect([retries.waiting, ...due]).toEqual([0, 'delay', 'asked']);
});

test('a stop ends the waiting, and nothing is repeated', async () => {
  const {stop, retries, gate} = makeRetries();
  const due: string[] = [];
  void retries.repeatLater(attempt(0), gate, aFailure('timeout'), () => due.push('repeated'));
  stop.abort();
  await settlePromises();
  expect([retries.waiting, ...due]).toEqual([0]);
});
