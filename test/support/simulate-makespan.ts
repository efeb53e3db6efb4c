import type {Random} from '../../src/core/seeds/random.ts';
import {Heap} from '../../src/schedule/heap.ts';
import {
  RequestScheduler,
  type SchedulableRequest,
  type SchedulingPolicy,
} from '../../src/schedule/request-scheduler.ts';

export interface SimulationOptions {
  readonly conversations: number;
  readonly agents: number;
  readonly rounds: number;
  /** Number of requests the server runs at once. */
  readonly slots: number;
  /** Returns the duration of a request in milliseconds; called once for each, when it starts. */
  readonly latencyMs: (request: SchedulableRequest) => number;
  readonly policy: SchedulingPolicy;
}

export interface SimulationResult {
  readonly makespanMs: number;
  /** Total service time ÷ slots: no policy can be faster. */
  readonly boundMs: number;
  /** Time at which the first conversation was over. */
  readonly firstResultMs: number;
}

/**
 * Plays a grid of conversations against an ideal server in virtual time (discrete events): what a policy can reach at
 * best.
 */
export function simulateMakespan(options: SimulationOptions): SimulationResult {
  const {conversations, agents, rounds, slots, latencyMs, policy} = options;
  const scheduler = new RequestScheduler<SchedulableRequest>({policy});
  const events = new Heap<{readonly atMs: number; readonly request: SchedulableRequest}>((a, b) => a.atMs - b.atMs);
  const spokenInRound = new Int32Array(conversations);
  let left = conversations;
  let nowMs = 0;
  let totalMs = 0;
  let firstResultMs = Infinity;
  scheduler.setLimit('server', slots);
  scheduler.setConversationsLeft(left);
  const openRound = (conversation: number, round: number): void => {
    for (let agent = 0; agent < agents; agent++) {
      scheduler.ready({
        model: 'server',
        conversation,
        round,
        completedRounds: round,
        remainingRounds: rounds - round,
        retry: false,
      });
    }
  };
  for (let conversation = 0; conversation < conversations; conversation++) openRound(conversation, 0);
  for (;;) {
    for (let request = scheduler.next(); request; request = scheduler.next()) {
      const durationMs = latencyMs(request);
      totalMs += durationMs;
      events.push({atMs: nowMs + durationMs, request});
    }
    const event = events.pop();
    if (!event) break;
    nowMs = event.atMs;
    const {request} = event;
    scheduler.settle(request);
    const spoken = (spokenInRound[request.conversation] ?? 0) + 1;
    spokenInRound[request.conversation] = spoken % agents;
    if (spoken < agents) continue;
    if (request.round + 1 < rounds) {
      openRound(request.conversation, request.round + 1);
      continue;
    }
    left--;
    scheduler.setConversationsLeft(left);
    firstResultMs = Math.min(firstResultMs, nowMs);
  }
  return {makespanMs: nowMs, boundMs: totalMs / slots, firstResultMs};
}

/** Lognormal latencies: exp(ln(median) + sigma·z), z by the Box–Muller transform. */
export function lognormal(random: Random, medianMs: number, sigma: number): () => number {
  return () => {
    const z = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    return medianMs * Math.exp(sigma * z);
  };
}
