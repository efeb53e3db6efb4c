import {setMaxListeners} from 'node:events';

import type {ChatFailure, ChatOutcome, ChatReply, ChatRequest} from '../backend/backend.ts';
import type {Turn} from '../conversation/conversation.ts';
import type {Clock} from '../core/clock.ts';
import type {Random} from '../core/random.ts';
import {RequestScheduler, type SchedulableRequest} from '../schedule/request-scheduler.ts';
import {retryDelayMs} from '../schedule/retry-delay.ts';
import type {WaitingRequest} from './events.ts';
import {ModelGate} from './model-gate.ts';
import type {ServedModel} from './served-model.ts';

/** The conversation a request belongs to, as far as dispatching is concerned. */
export interface Speaker {
  /** Position over the whole pack; earlier ones come first among equals. */
  readonly order: number;
  readonly questionId: string;
  readonly isOver: boolean;
  readonly completedRounds: number;
  readonly remainingRounds: number;
  chatRequest(turn: Turn, callAttempt: number): ChatRequest;
  onReply(turn: Turn, reply: ChatReply, backend: string): void;
  onFailure(turn: Turn, failure: ChatFailure): void;
}

interface Request extends SchedulableRequest {
  readonly speaker: Speaker;
  readonly turn: Turn;
  /** 0 for the first call of a turn; counts calls that failed before an answer came. */
  readonly callAttempt: number;
}

export interface DispatcherOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Aborts calls in flight. */
  readonly expired: AbortSignal;
  /** Called after slots were freed or turns were added, when there may be room for more conversations. */
  readonly onRoom: () => void;
  /** A server is given up: the tasks that need it must stop. */
  readonly onGone: (model: ServedModel, reason: string) => void;
  readonly onWarning: (message: string) => void;
}

/**
 * Requests of all conversations of a pack → backend slots. Frees a slot the moment its answer is there, before anything is parsed or written, so
 * that a server never waits for us; repeats calls that failed for the server's reasons; gives up on a server that is gone.
 */
export class Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #scheduler = new RequestScheduler<Request>({});
  readonly #gates = new Map<string, ModelGate>();
  readonly #idle: (() => void)[] = [];
  #inFlight = 0;
  #waitingToRetry = 0;
  #stopped = false;
  #settled = 0;
  #retries = 0;
  #errors = 0;

  constructor(options: DispatcherOptions) {
    this.#options = options;
    // One signal serves all calls in flight; the default warning at ten listeners is meant for leaks.
    setMaxListeners(0, options.expired);
  }

  serve(model: ServedModel): void {
    if (this.#gates.has(model.key)) return;
    const gate = new ModelGate(model, {
      clock: this.#options.clock,
      signal: this.#options.expired,
      onLimit: limit => {
        this.#scheduler.setLimit(model.key, limit);
        this.#pump();
      },
      onWarning: this.#options.onWarning,
    });
    this.#gates.set(model.key, gate);
    this.#scheduler.setLimit(model.key, gate.limit);
    gate.start();
  }

  /** Adds turns that became ready. `modelKeys` maps a turn's model to its server. */
  submit(speaker: Speaker, turns: readonly Turn[], modelKeys: ReadonlyMap<string, string>): void {
    for (const turn of turns) {
      const key = modelKeys.get(turn.model);
      if (key === undefined) throw new Error(`Internal error: no server for model ${turn.model}`);
      this.#scheduler.ready(makeRequest(speaker, turn, key, 0));
    }
    this.#pump();
  }

  /** Forgets what a conversation still wanted to ask. Calls in flight finish and are ignored. */
  drop(speaker: Speaker): void {
    this.#scheduler.dropConversation(speaker.order);
  }

  /** No new call starts after this. */
  stop(): void {
    this.#stopped = true;
    this.#wakeIdle();
  }

  /** Resolves once nothing is in flight. */
  async idle(): Promise<void> {
    if (this.#inFlight === 0) return;
    await new Promise<void>(resolve => this.#idle.push(resolve));
  }

  async close(): Promise<void> {
    for (const gate of this.#gates.values()) gate.stop();
    await Promise.all([...this.#gates.values()].map(gate => gate.model.backend.close()));
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** How many more requests a set of servers could take before their queues here are two limits long. */
  room(modelKeys: Iterable<string>): number {
    let room = 0;
    const {models} = this.#scheduler.counts();
    for (const key of modelKeys) {
      const counts = models.find(({model}) => model === key);
      if (counts) room = Math.max(room, 2 * Math.max(1, counts.limit) - counts.inFlight - counts.ready);
    }
    return room;
  }

  setConversationsLeft(count: number): void {
    this.#scheduler.setConversationsLeft(count);
  }

  counters(): {settled: number; retries: number; errors: number; inFlight: number; ready: number; waitingToRetry: number} {
    return {
      settled: this.#settled,
      retries: this.#retries,
      errors: this.#errors,
      inFlight: this.#inFlight,
      ready: this.#scheduler.counts().ready,
      waitingToRetry: this.#waitingToRetry,
    };
  }
}

function makeRequest(speaker: Speaker, turn: Turn, model: string, callAttempt: number): Request {
  return {
    speaker,
    turn,
    callAttempt,
    model,
    conversation: speaker.order,
    round: turn.round,
    completedRounds: speaker.completedRounds,
    remainingRounds: speaker.remainingRounds,
    retry: turn.attempt > 0 || callAttempt > 0,
  };
}
