import fc from 'fast-check';
import {describe, expect, test} from 'vitest';

import {seededRandom} from '../../src/core/seeds/random.ts';
import {AutoLimit} from '../../src/schedule/auto-limit.ts';

/**
 * A vLLM server in steady state: it runs what its slots and its cache hold, queues the rest, and preempts when the
 * cache overflows.
 */
function vllm(server: {readonly slots: number; readonly cacheHolds: number; readonly saysCapacity: boolean}) {
  return (sent: number) => {
    const running = Math.min(sent, server.slots, server.cacheHolds);
    return {
      kind: 'server-load' as const,
      running,
      waiting: sent - running,
      kvCacheUse: running / server.cacheHolds,
      preemptions: Math.min(sent, server.slots) > server.cacheHolds ? 1 : 0,
      kvCapacity: server.saysCapacity ? server.cacheHolds : null,
    };
  };
}

/** Limits over time, with more work than the server can take. */
function steer(
  limit: AutoLimit,
  signal: (sent: number) => Parameters<AutoLimit['update']>[0],
  steps: number,
): number[] {
  return Array.from({length: steps}, () => limit.update(signal(limit.limit), limit.limit));
}

/**
 * Plays calls against a server that runs `slots` at once and queues the rest, in simulated time, with a look at its
 * answers every second. A call that times out leaves the server, as a cut connection does, and is made again.
 */
function play(options: {slots: number; answerMs: number; timeoutMs: number; calls: number; limit: number}) {
  const {slots, answerMs, timeoutMs, calls} = options;
  const limit = new AutoLimit({start: options.limit, min: 1, max: 1024});
  const random = seededRandom('calls');
  interface Call {
    readonly sentMs: number;
    endsMs: number | null;
  }
  let flying: Call[] = [];
  let [left, done, timeouts, loweredMs] = [calls, 0, 0, -1];
  const limits: number[] = [];
  for (let nowMs = 0; done < calls && nowMs < 100_000_000; nowMs += 1_000) {
    const ended = flying.filter(({endsMs}) => endsMs !== null && endsMs <= nowMs);
    const late = flying.filter(call => !ended.includes(call) && nowMs - call.sentMs >= timeoutMs);
    flying = flying.filter(call => !ended.includes(call) && !late.includes(call));
    done += ended.length;
    timeouts += late.length;
    left += late.length;
    const before = limit.limit;
    limit.update(
      {
        kind: 'answers',
        answered: ended.length,
        refused: 0,
        // What was sent before the limit went down says nothing of the new one.
        timedOut: late.filter(({sentMs}) => sentMs > loweredMs).length,
        latencyMs: ended.length === 0 ? null : ended.reduce((sum, {sentMs}) => sum + nowMs - sentMs, 0) / ended.length,
      },
      before,
    );
    if (limit.limit < before) loweredMs = nowMs;
    limits.push(limit.limit);
    for (; left > 0 && flying.length < limit.limit; left--) flying.push({sentMs: nowMs, endsMs: null});
    let free = slots - flying.filter(({endsMs}) => endsMs !== null).length;
    for (const call of flying) {
      if (free <= 0) break;
      if (call.endsMs !== null) continue;
      call.endsMs = nowMs + answerMs * (0.8 + 0.2 * random());
      free--;
    }
  }
  return {done, timeouts, limits, limit: limit.limit};
}

describe('the automatic limit', () => {
  test('keeps every slot of a vLLM server busy with a short queue behind, and then rests', () => {
    fc.assert(
      fc.property(fc.integer({min: 1, max: 512}), fc.integer({min: 1, max: 64}), (slots, start) => {
        const limit = new AutoLimit({start, min: 1, max: 4096});
        const limits = steer(limit, vllm({slots, cacheHolds: 10_000, saysCapacity: false}), 80).slice(40);
        expect(Math.min(...limits)).toBeGreaterThanOrEqual(slots);
        expect(Math.max(...limits)).toBeLessThanOrEqual(Math.max(slots + 2, slots * 1.25 + 1));
        expect(new Set(limits).size).toBe(1);
      }),
    );
  });

  test('fills a cache that is smaller than the slots without living in preemptions', () => {
    fc.assert(
      fc.property(fc.integer({min: 20, max: 400}), fc.boolean(), (cacheHolds, saysCapacity) => {
        const server = vllm({slots: 512, cacheHolds, saysCapacity});
        const limit = new AutoLimit({start: 16, min: 1, max: 4096});
        const limits = steer(limit, server, 100).slice(50);
        expect(Math.min(...limits)).toBeGreaterThanOrEqual(cacheHolds * 0.75);
        const preempting = limits.filter(each => server(each).preemptions > 0);
        expect(preempting.length).toBeLessThanOrEqual(limits.length / 10);
      }),
    );
  });

  test('settles around what a server takes that refuses the rest with 429', () => {
    fc.assert(
      fc.property(fc.integer({min: 4, max: 300}), takes => {
        const limit = new AutoLimit({start: 16, min: 1, max: 1024});
        const limits = steer(
          limit,
          sent => ({kind: 'answers', answered: Math.min(sent, takes), refused: Math.max(0, sent - takes)}),
          200,
        ).slice(100);
        const mean = limits.reduce((sum, each) => sum + each, 0) / limits.length;
        expect(mean).toBeGreaterThan(takes * 0.6);
        expect(Math.max(...limits)).toBeLessThanOrEqual(Math.max(takes * 1.06, takes + 1));
      }),
    );
  });

  test('a server of four slots without metrics, whose time-out is a little longer than one answer, does all its work', () => {
    const {done, timeouts, limit} = play({slots: 4, answerMs: 14_000, timeoutMs: 15_000, calls: 16, limit: 16});
    expect(done).toBe(16);
    expect(timeouts).toBeLessThanOrEqual(24);
    expect(limit).toBeLessThanOrEqual(4);
  });

  test.each([
    [1, 10_000, 15_000],
    [2, 6_000, 30_000],
    [4, 6_000, 15_000],
    [8, 20_000, 60_000],
    [32, 5_000, 20_000],
  ])('of a server of %i slots without metrics no more than few calls time out', (slots, answerMs, timeoutMs) => {
    const {done, timeouts} = play({slots, answerMs, timeoutMs, calls: 400, limit: 16});
    expect(done).toBe(400);
    expect(timeouts).toBeLessThanOrEqual(40);
  });

  test('growth stops where it only makes answers slower', () => {
    fc.assert(
      fc.property(fc.integer({min: 16, max: 200}), slots => {
        const {limits} = play({slots, answerMs: 2_000, timeoutMs: 3_600_000, calls: slots * 120, limit: 16});
        const late = limits.slice(Math.floor(limits.length / 2));
        expect(Math.max(...late)).toBeLessThanOrEqual(Math.max(16, slots) * 2);
        expect(late.reduce((sum, each) => sum + each, 0) / late.length).toBeGreaterThan(slots * 0.8);
      }),
      {numRuns: 12},
    );
  });

  test('a time-out halves it, with metrics too', () => {
    const limit = new AutoLimit({start: 100, min: 1, max: 1024});
    expect(limit.update({kind: 'answers', answered: 10, refused: 0, timedOut: 1, latencyMs: 5}, 100)).toBe(50);
    const load = vllm({slots: 100, cacheHolds: 1000, saysCapacity: false})(50);
    expect(limit.update({...load, timedOut: 2}, 50)).toBe(25);
  });

  test('does not grow on the strength of slots that nobody used', () => {
    const limit = new AutoLimit({start: 100, min: 1, max: 1024});
    const idle = {
      kind: 'server-load' as const,
      running: 3,
      waiting: 0,
      kvCacheUse: 0.01,
      preemptions: 0,
      kvCapacity: null,
    };
    for (let i = 0; i < 20; i++) limit.update(idle, 3);
    expect(limit.limit).toBe(100);
  });

  test('keeps within its bounds on noise of every kind', () => {
    const random = seededRandom('noise');
    const limit = new AutoLimit({start: 1, min: 2, max: 50});
    for (let i = 0; i < 1000; i++) {
      const signal =
        random() < 0.5
          ? {kind: 'answers' as const, answered: Math.floor(random() * 60), refused: Math.floor(random() * 3)}
          : vllm({slots: 30, cacheHolds: 40, saysCapacity: random() < 0.5})(Math.floor(random() * 60));
      const next = limit.update(signal, Math.floor(random() * 60));
      expect(next).toBeGreaterThanOrEqual(2);
      expect(next).toBeLessThanOrEqual(50);
      expect(Number.isInteger(next)).toBe(true);
    }
  });

  test('stays between its bounds whatever the server says', () => {
    const signal = fc.record({
      kind: fc.constant('server-load' as const),
      running: fc.nat(2000),
      waiting: fc.nat(2000),
      kvCacheUse: fc.option(fc.double({min: 0, max: 1, noNaN: true})),
      preemptions: fc.nat(3),
      kvCapacity: fc.option(fc.nat(500)),
    });
    fc.assert(
      fc.property(fc.array(fc.tuple(signal, fc.nat(2000))), steps => {
        const limit = new AutoLimit({start: 16, min: 1, max: 256});
        for (const [load, inFlight] of steps) {
          const next = limit.update(load, inFlight);
          expect(next).toBeGreaterThanOrEqual(1);
          expect(next).toBeLessThanOrEqual(256);
        }
      }),
    );
  });

  test('finds the slots of a server and keeps a short queue behind them', () => {
    const slots = 64;
    const limit = new AutoLimit({start: 4, min: 1, max: 1024});
    for (let i = 0; i < 60; i++) {
      const inFlight = limit.limit;
      const running = Math.min(inFlight, slots);
      limit.update(
        {kind: 'server-load', running, waiting: inFlight - running, kvCacheUse: null, preemptions: 0, kvCapacity: null},
        inFlight,
      );
    }
    expect(limit.limit).toBeGreaterThanOrEqual(slots);
    expect(limit.limit).toBeLessThanOrEqual(slots * 1.5);
  });

  test('goes down when a server refuses', () => {
    const limit = new AutoLimit({start: 100, min: 1, max: 1024});
    expect(limit.update({kind: 'answers', answered: 10, refused: 3}, 100)).toBe(70);
  });
});
