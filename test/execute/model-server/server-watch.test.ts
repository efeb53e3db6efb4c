import {expect, test} from 'vitest';

import type {ServerActivity} from '../../../src/backend/server/server-metrics.ts';
import {deferred} from '../../../src/core/deferred.ts';
import type {ServerHealth, ServerProbe} from '../../../src/execute/model-server/probe-server.ts';
import type {ProcessExit, DetachedProcess} from '../../../src/execute/process/detached-process.ts';
import {ProgressWatch, watchServer} from '../../../src/execute/model-server/server-watch.ts';
import {ManualClock, settlePromises} from '../../support/manual-clock.ts';

test('a server hangs when it has requests and its work makes no progress; an idle one never does', () => {
  const watch = new ProgressWatch(0);
  expect(watch.measureIdleMs(1_000, {requests: 0, work: 5})).toBe(0);
  expect(watch.measureIdleMs(9_000, {requests: 0, work: 5})).toBe(0);
  expect(watch.measureIdleMs(10_000, {requests: 3, work: 5})).toBe(1_000);
  expect(watch.measureIdleMs(15_000, {requests: 3, work: 6})).toBe(0);
  expect(watch.measureIdleMs(25_000, {requests: 3, work: 6})).toBe(10_000);
});

const BAD: ServerHealth = {kind: 'bad', what: '/health answers 503'};

/** Watches a server whose health is what the test says; `found` is what the watch ended with. */
function startWatch(hangMs = 60_000) {
  const clock = new ManualClock();
  const exit = deferred<ProcessExit>();
  const stop = new AbortController();
  const state = {
    health: [] as ServerHealth[],
    activity: null as ServerActivity | null,
    isEngineDead: false,
    calls: {inFlight: 0, answered: 0},
    checkNow: (): void => undefined,
    checks: 0,
    found: undefined as string | null | undefined,
  };
  const probe = {
    health: () => {
      state.checks++;
      return Promise.resolve(state.health.shift() ?? {kind: 'good'});
    },
    activity: () => Promise.resolve(state.activity),
  };
  void watchServer({
    server: {exit: exit.promise} as unknown as DetachedProcess,
    probe: probe as unknown as ServerProbe,
    calls: state.calls,
    clock,
    hangMs,
    signal: stop.signal,
    onPause: checkNow => (state.checkNow = checkNow),
    isEngineDead: () => state.isEngineDead,
  }).then(found => (state.found = found));
  return {clock, exit, stop, state};
}

test('a process that ends is found at once, with how it ended', async () => {
  const {exit, state} = startWatch();
  exit.resolve({code: null, signal: 'SIGKILL'});
  await settlePromises();
  expect(state.found).toBe('was killed by SIGKILL');
});

test('bad health counts three times in a row, half a second apart', async () => {
  const {clock, state} = startWatch();
  state.health.push(BAD, BAD, {kind: 'silent'}, BAD, BAD, BAD);
  await clock.advance(6_000);
  expect([state.found, state.checks]).toEqual([undefined, 3]);
  await clock.advance(5_500);
  expect(state.found).toBeUndefined();
  await clock.advance(500);
  expect(state.found).toBe('is not well: /health answers 503');
});

test('a check can be asked for, and sees an engine that said that it is dead', async () => {
  const {clock, state} = startWatch();
  await clock.advance(1_000);
  expect(state.checks).toBe(0);
  state.isEngineDead = true;
  state.checkNow();
  await settlePromises();
  expect(state.found).toBe('says that its engine is dead');
});

test('a server that is healthy and has requests hangs when nothing comes of them', async () => {
  const {clock, state} = startWatch();
  state.calls.inFlight = 2;
  for (let n = 0; n < 30; n++) {
    state.calls.answered++;
    await clock.advance(5_000);
  }
  expect(state.found).toBeUndefined();
  await clock.advance(65_000);
  expect(state.found).toMatch(/^hangs: it has requests and has made no progress for 6\d s$/);
});

test('tokens that it makes for others, by its metrics, are progress too', async () => {
  const {clock, state} = startWatch();
  state.calls.inFlight = 1;
  for (let work = 1; work < 30; work++) {
    state.activity = {requests: 3, work};
    await clock.advance(5_000);
  }
  expect(state.found).toBeUndefined();
});

test('the watch ends without a finding when it is stopped', async () => {
  const {clock, stop, state} = startWatch();
  await clock.advance(1_000);
  stop.abort();
  await settlePromises();
  expect(state.found).toBeNull();
});
