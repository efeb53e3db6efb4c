import fc from 'fast-check';
import {describe, expect, test} from 'vitest';

import {seededRandom} from '../../src/core/seeds/random.ts';
import {RequestScheduler, type SchedulableRequest} from '../../src/schedule/request-scheduler.ts';
import {lognormal, simulateMakespan} from '../support/simulate-makespan.ts';

const MODELS = ['a', 'b', 'c'] as const;

/** The rule, as plainly as it can be written: among requests whose model has a free slot, the best by a full sort. */
class PlainScheduler {
  ready: SchedulableRequest[] = [];
  readonly inFlight: SchedulableRequest[] = [];
  readonly limits = new Map<string, number>();
  readonly paused = new Set<string>();

  next(): SchedulableRequest | undefined {
    const running = (model: string): number => this.inFlight.filter(each => each.model === model).length;
    const best = this.ready
      .map((request, arrival) => ({request, arrival}))
      .filter(({request: {model}}) => !this.paused.has(model) && running(model) < (this.limits.get(model) ?? 0))
      .sort(
        ({request: a, arrival: i}, {request: b, arrival: j}) =>
          Number(b.retry) - Number(a.retry) ||
          b.completedRounds - a.completedRounds ||
          a.conversation - b.conversation ||
          a.round - b.round ||
          i - j,
      )[0];
    if (!best) return undefined;
    this.ready.splice(best.arrival, 1);
    this.inFlight.push(best.request);
    return best.request;
  }
}

const model = fc.constantFrom(...MODELS);
const operation = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('ready' as const),
      model,
      conversation: fc.nat(6),
      round: fc.nat(2),
      retry: fc.boolean(),
    }),
  },
  {weight: 4, arbitrary: fc.record({kind: fc.constant('next' as const)})},
  {weight: 2, arbitrary: fc.record({kind: fc.constant('settle' as const), which: fc.nat(20)})},
  fc.record({kind: fc.constant('limit' as const), model, limit: fc.nat(4)}),
  fc.record({kind: fc.constant('pause' as const), model}),
  fc.record({kind: fc.constant('resume' as const), model}),
  fc.record({kind: fc.constant('drop' as const), conversation: fc.nat(6)}),
);

describe('the request scheduler', () => {
  test('does what a full sort over everything that may start would do, whatever happens in whatever order', () => {
    fc.assert(
      fc.property(fc.array(operation, {maxLength: 120}), operations => {
        const scheduler = new RequestScheduler<SchedulableRequest>({policy: 'most-progressed'});
        const plain = new PlainScheduler();
        for (const each of operations) {
          switch (each.kind) {
            case 'ready': {
              const {kind: _kind, ...fields} = each;
              const request = {...fields, completedRounds: each.round, remainingRounds: 3 - each.round};
              scheduler.ready(request);
              plain.ready.push(request);
              break;
            }
            case 'next':
              expect(scheduler.next()).toBe(plain.next());
              break;
            case 'settle': {
              const [request] = plain.inFlight.splice(each.which, 1);
              if (request) scheduler.settle(request);
              break;
            }
            case 'limit':
              scheduler.setLimit(each.model, each.limit);
              plain.limits.set(each.model, each.limit);
              break;
            case 'pause':
              scheduler.pause(each.model);
              plain.paused.add(each.model);
              break;
            case 'resume':
              scheduler.resume(each.model);
              plain.paused.delete(each.model);
              break;
            case 'drop': {
              const gone = plain.ready.filter(({conversation}) => conversation === each.conversation);
              plain.ready = plain.ready.filter(({conversation}) => conversation !== each.conversation);
              expect(new Set(scheduler.dropConversation(each.conversation))).toEqual(new Set(gone));
            }
          }
        }
        expect(scheduler.counts().ready).toBe(plain.ready.length);
        for (const name of MODELS) {
          expect(scheduler.modelCounts(name)).toEqual({
            model: name,
            limit: plain.limits.get(name) ?? 0,
            inFlight: plain.inFlight.filter(each => each.model === name).length,
            ready: plain.ready.filter(each => each.model === name).length,
            paused: plain.paused.has(name),
          });
        }
      }),
      {numRuns: 300},
    );
  });

  test('waits for what is in flight when a limit shrinks below it', () => {
    const scheduler = new RequestScheduler<SchedulableRequest>();
    const requests = [1, 2, 3, 4].map(conversation => request(conversation));
    scheduler.setLimit('a', 3);
    for (const each of requests) scheduler.ready(each);
    const started = [scheduler.next(), scheduler.next(), scheduler.next()];
    expect(started).not.toContain(undefined);
    scheduler.setLimit('a', 1);
    for (const each of started.slice(0, 2)) {
      scheduler.settle(each!);
      expect(scheduler.next()).toBeUndefined();
    }
    scheduler.settle(started[2]!);
    expect(scheduler.next()).toBe(requests[3]);
  });

  test('turns its order near the end for what is queued already, and does not turn back', () => {
    const scheduler = new RequestScheduler<SchedulableRequest>();
    scheduler.setLimit('a', 2);
    scheduler.setConversationsLeft(100);
    const [far, near] = [request(1), {...request(2), completedRounds: 2, remainingRounds: 1}];
    scheduler.ready(far);
    scheduler.ready(near);
    expect(scheduler.peek(1)).toEqual([near]);
    scheduler.setConversationsLeft(6);
    expect(scheduler.peek(1)).toEqual([far]);
    scheduler.setConversationsLeft(100);
    expect(scheduler.next()).toBe(far);
  });

  test('lets a full model block the others only where the older system is to be compared', () => {
    const start = (headOfLineBlocking: boolean): string | undefined => {
      const scheduler = new RequestScheduler<SchedulableRequest>({policy: 'most-progressed', headOfLineBlocking});
      scheduler.setLimit('a', 0);
      scheduler.setLimit('b', 1);
      scheduler.ready(request(1));
      scheduler.ready({...request(2), model: 'b'});
      return scheduler.next()?.model;
    };
    expect(start(true)).toBeUndefined();
    expect(start(false)).toBe('b');
  });

  test('lets a full model hold up nobody else', () => {
    const scheduler = new RequestScheduler<SchedulableRequest>();
    scheduler.setLimit('full', 0);
    scheduler.setLimit('free', 1);
    scheduler.ready(request(1, {model: 'full'}));
    scheduler.ready(request(2, {model: 'free'}));
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
          for (const {model, conversation, retry} of wanted) scheduler.ready(request(conversation, {model, retry}));
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
      scheduler.ready(request(1, {model: 'm', remainingRounds: 3}));
      scheduler.ready(request(2, {model: 'm', completedRounds: 2, remainingRounds: 1}));
      scheduler.ready(request(3, {model: 'm', retry: true}));
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

function request(conversation: number, extra: Partial<SchedulableRequest> = {}): SchedulableRequest {
  return {model: 'a', conversation, round: 0, completedRounds: 0, remainingRounds: 3, retry: false, ...extra};
}
