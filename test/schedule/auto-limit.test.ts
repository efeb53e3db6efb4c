import fc from 'fast-check';
import {describe, expect, test} from 'vitest';

import {seededRandom} from '../../src/core/random.ts';
import {AutoLimit} from '../../src/schedule/auto-limit.ts';

/** A vLLM server in steady state: it runs what its slots and its cache hold, queues the rest, and preempts when the cache overflows. */
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
});
