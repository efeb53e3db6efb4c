import fc from 'fast-check';
import {describe, expect, test} from 'vitest';

import {seededRandom} from '../../src/core/seeds/random.ts';
import {AutoLimit} from '../../src/schedule/auto-limit.ts';
import {CircuitBreaker} from '../../src/schedule/circuit.ts';
import {RequestScheduler, type SchedulableRequest} from '../../src/schedule/request-scheduler.ts';
import {retryDelayMs} from '../../src/schedule/retry-delay.ts';
import {lognormal, simulateMakespan} from '../support/simulate-makespan.ts';

function request(model: string, conversation: number, extra: Partial<SchedulableRequest> = {}): SchedulableRequest {
  return {model, conversation, round: 0, completedRounds: 0, remainingRounds: 3, retry: false, ...extra};
}

describe('the scheduler', () => {
  test('lets a full model hold up nobody else', () => {
    const scheduler = new RequestScheduler<SchedulableRequest>();
    scheduler.setLimit('full', 0);
    scheduler.setLimit('free', 1);
    scheduler.ready(request('full', 1));
    scheduler.ready(request('free', 2));
    expect(scheduler.next()?.model).toBe('free');
    expect(scheduler.next()).toBeUndefined();
  });

  test('never has more in flight than a model may have, and loses no request', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({model: fc.constantFrom('a', 'b'), conversation: fc.nat(20), retry: fc.boolean()})),
        fc.nat(5),
        (wanted, limit) => {
          const scheduler = new RequestScheduler<SchedulableRequest>();
          scheduler.setLimit('a', limit);
          scheduler.setLimit('b', 2);
          for (const {model, conversation, retry} of wanted) scheduler.ready(request(model, conversation, {retry}));
          const started: SchedulableRequest[] = [];
          for (let next = scheduler.next(); next; next = scheduler.next()) started.push(next);
          expect(started.filter(({model}) => model === 'a').length).toBe(
            Math.min(limit, wanted.filter(({model}) => model === 'a').length),
          );
          for (const each of started) scheduler.settle(each);
          scheduler.setLimit('a', 1000);
          scheduler.setLimit('b', 1000);
          for (let next = scheduler.next(); next; next = scheduler.next()) started.push(next);
          expect(started.length).toBe(wanted.length);
        },
      ),
    );
  });

  test('starts retries first, then the most progressed; near the end the longest remaining', () => {
    const order = (left: number): number[] => {
      const scheduler = new RequestScheduler<SchedulableRequest>();
      scheduler.setLimit('m', 3);
      scheduler.setConversationsLeft(left);
      scheduler.ready(request('m', 1, {remainingRounds: 3}));
      scheduler.ready(request('m', 2, {completedRounds: 2, remainingRounds: 1}));
      scheduler.ready(request('m', 3, {retry: true}));
      return [scheduler.next(), scheduler.next(), scheduler.next()].map(each => each!.conversation);
    };
    expect(order(1000)).toEqual([3, 2, 1]);
    expect(order(3)).toEqual([3, 1, 2]);
  });

  test('comes close to the bound at the end of a run, closer than by progress alone', () => {
    const play = (policy: 'hybrid' | 'most-progressed') => {
      const latencyMs = lognormal(seededRandom('makespan'), 800, 0.5);
      return simulateMakespan({conversations: 2_000, agents: 2, rounds: 3, slots: 256, latencyMs, policy});
    };
    const hybrid = play('hybrid');
    expect(hybrid.makespanMs / hybrid.boundMs).toBeLessThan(1.1);
    expect(hybrid.makespanMs).toBeLessThan(play('most-progressed').makespanMs);
    expect(hybrid.firstResultMs).toBe(play('most-progressed').firstResultMs);
  });
});

describe('the automatic limit', () => {
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

describe('repeating calls', () => {
  test('waits longer each time, never beyond the cap, and at least as long as asked', () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.double({min: 0, max: 0.999, noNaN: true}), (attempt, random) => {
        expect(retryDelayMs({attempt, random: () => random})).toBeLessThanOrEqual(30_000);
        expect(retryDelayMs({attempt, random: () => random, retryAfterMs: 7_000})).toBeGreaterThanOrEqual(7_000);
      }),
    );
  });

  const fail = (circuit: CircuitBreaker, kind: 'busy' | 'down', nowMs: number, oldestCallMs = 0) =>
    circuit.failed({kind, message: kind, nowMs, oldestCallMs});

  test('a circuit opens after failures in a row, closes on a probe, and gives up in the end', () => {
    const circuit = new CircuitBreaker({openAfter: 3, goneAfterMs: 60_000});
    expect([0, 1, 2].map(ms => fail(circuit, 'down', ms))).toEqual(['closed', 'closed', 'open']);
    circuit.probed();
    expect(circuit.state).toBe('closed');
    for (let ms = 0; ms < 60_000; ms += 10_000) fail(circuit, 'down', ms);
    expect(fail(circuit, 'down', 60_000)).toBe('gone');
    expect(circuit.reason(60_000)).toContain('60 s');
  });

  test('a server that refuses everything for minutes is given up, with the reason', () => {
    const circuit = new CircuitBreaker({openAfter: 3});
    for (let ms = 0; ms < 300_000; ms += 10_000) expect(fail(circuit, 'busy', ms)).toBe('closed');
    expect(fail(circuit, 'busy', 300_000)).toBe('gone');
    expect(circuit.reason(300_000)).toBe(
      'rate-limited by the server, no answer for 300 s (31 failures in a row): busy',
    );
  });

  test('a server that is well whenever it is asked and cuts every answer is given up', () => {
    const circuit = new CircuitBreaker({openAfter: 3});
    let ms = 0;
    for (; circuit.state !== 'gone' && ms < 3_600_000; ms += 1_000) {
      if (fail(circuit, 'down', ms) === 'open') circuit.probed();
    }
    expect(ms).toBeLessThan(310_000);
  });

  test('a server that answers now and then is never given up', () => {
    const circuit = new CircuitBreaker({openAfter: 3});
    for (let ms = 0; ms < 3_600_000; ms += 1_000) {
      if (ms % 30_000 === 0) circuit.answered();
      expect(fail(circuit, ms % 2_000 === 0 ? 'busy' : 'down', ms)).not.toBe('gone');
      circuit.probed();
    }
  });

  test('a server that is at a long call while it refuses others gets more time', () => {
    const circuit = new CircuitBreaker({openAfter: 3});
    for (let ms = 0; ms < 900_000; ms += 10_000) expect(fail(circuit, 'busy', ms, ms)).toBe('closed');
    expect(fail(circuit, 'busy', 900_000, 900_000)).toBe('gone');
  });

  test('an old time-out does not make a restart that cuts four calls the end: a probe comes first, and the clock starts at the first cut', () => {
    const circuit = new CircuitBreaker();
    expect(fail(circuit, 'down', 0)).toBe('closed');
    const cuts = [100_000, 100_001, 100_002, 100_003].map(ms => fail(circuit, 'down', ms));
    expect(cuts).toEqual(['closed', 'closed', 'closed', 'open']);
    // Probes, every two seconds.
    for (let ms = 102_000; ms < 160_000; ms += 2_000) expect(fail(circuit, 'down', ms)).toBe('open');
    expect(fail(circuit, 'down', 160_000)).toBe('gone');
  });

  test('a restart minutes after an old time-out is survived when the server comes back', () => {
    const circuit = new CircuitBreaker();
    fail(circuit, 'down', 0);
    for (let ms = 400_000; ms < 400_100; ms += 25) expect(fail(circuit, 'down', ms)).not.toBe('gone');
    for (let ms = 402_000; ms < 440_000; ms += 2_000) expect(fail(circuit, 'down', ms)).toBe('open');
    circuit.probed();
    expect(fail(circuit, 'down', 440_000)).toBe('closed');
    circuit.answered();
    expect(circuit.isFailing).toBe(false);
  });

  test('time-outs one after the other open the circuit, however far apart they are', () => {
    const circuit = new CircuitBreaker({openAfter: 3});
    expect([1, 2, 3].map(n => fail(circuit, 'down', n * 120_000))).toEqual(['closed', 'closed', 'open']);
  });

  test('a server that loads its model is waited for, without calls, until its time is over', () => {
    const circuit = new CircuitBreaker({loadingMs: 300_000});
    const loading = (nowMs: number) => circuit.failed({kind: 'loading', message: 'Loading model', nowMs});
    fail(circuit, 'down', 0);
    for (let ms = 1_000; ms < 301_000; ms += 2_000) expect(loading(ms)).toBe('open');
    expect(circuit.reason(200_000)).toBe('loading its model for 199 s: Loading model');
    expect(loading(301_000)).toBe('gone');
  });

  test('a server that has loaded its model is judged from then on', () => {
    const circuit = new CircuitBreaker({openAfter: 3});
    for (let ms = 0; ms < 590_000; ms += 2_000) circuit.failed({kind: 'loading', message: 'Loading model', nowMs: ms});
    circuit.probed();
    expect([590_000, 590_001].map(ms => fail(circuit, 'down', ms))).toEqual(['closed', 'closed']);
  });

  test('a server that says that its engine died is not called again before a probe', () => {
    expect(new CircuitBreaker().failed({kind: 'dead', message: 'EngineDeadError', nowMs: 0})).toBe('open');
  });

  test('a server that asks to wait is not given up before that time is over', () => {
    const circuit = new CircuitBreaker({openAfter: 3});
    const told = (nowMs: number) => circuit.failed({kind: 'busy', message: '429', nowMs, retryAfterMs: 400_000});
    for (const ms of [0, 1, 2, 400_000, 690_000]) expect(told(ms)).toBe('closed');
    expect(told(700_000)).toBe('gone');
  });

  test('a server that took long to come back is not judged by its first failure', () => {
    const circuit = new CircuitBreaker({openAfter: 3});
    for (const ms of [0, 1, 2]) fail(circuit, 'down', ms);
    circuit.probed();
    expect([0, 1].map(more => fail(circuit, 'down', 900_000 + more))).toEqual(['closed', 'closed']);
  });
});
