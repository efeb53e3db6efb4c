import {setMaxListeners} from 'node:events';

import type {ChatFailure, ChatOutcome, ChatReply, ChatRequest} from '../../backend/backend.ts';
import type {Turn} from '../../conversation/turn.ts';
import type {Clock} from '../../core/clock.ts';
import type {Random} from '../../core/seeds/random.ts';
import {RequestScheduler, type SchedulableRequest} from '../../schedule/request-scheduler.ts';
import type {ModelProgress, WaitingRequest} from '../events.ts';
import {CallRetries} from './call-retries.ts';
import {ModelGate} from './model-gate.ts';
import type {ServedModel} from './served-model.ts';

/** The conversation that a request belongs to, as far as dispatching is concerned. */
export interface Speaker {
  /** Position in the whole pack; earlier ones come first among equals. */
  readonly order: number;
  /** Id of its question. */
  readonly id: string;
  readonly isOver: boolean;
  readonly completedRounds: number;
  readonly remainingRounds: number;
  /** True where calls that failed for the server's reasons are repeated. */
  readonly repeatsCalls: boolean;
  chatRequest(turn: Turn, callAttempt: number): ChatRequest;
  onReply(turn: Turn, reply: ChatReply, backend: string): void;
  onFailure(turn: Turn, failure: ChatFailure): void;
}

interface Request extends SchedulableRequest {
  readonly speaker: Speaker;
  readonly turn: Turn;
  /** Number of calls of the turn that failed before this one. */
  readonly callAttempt: number;
}

export interface DispatcherOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Aborts calls in flight. */
  readonly expired: AbortSignal;
  /** Called when there may be room for more conversations. */
  readonly onRoom: () => void;
  /** Called when a server is given up: the tasks that need it must stop. */
  readonly onGone: (model: ServedModel, reason: string) => void;
  /** Called with an error that is a bug. */
  readonly onCrash: (error: unknown) => void;
  /** See `ModelGateOptions`. */
  readonly waitForServerMs?: number | undefined;
}

/**
 * Sends the requests of all conversations of a pack to their servers. Frees a slot the moment its answer is there,
 * before anything is parsed or written, so that a server never waits for mac; repeats calls that failed for the
 * server's reasons; gives up a server that is gone.
 */
export class Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #scheduler = new RequestScheduler<Request>({});
  readonly #gates = new Map<string, ModelGate>();
  readonly #idle: (() => void)[] = [];
  /** Ends the waiting before calls are repeated. */
  readonly #stopSignal = new AbortController();
  readonly #callRetries: CallRetries;
  #inFlight = 0;
  #stopped = false;
  #settled = 0;
  #retries = 0;
  #errors = 0;

  constructor(options: DispatcherOptions) {
    this.#options = options;
    const {clock, random} = options;
    this.#callRetries = new CallRetries({clock, random, stopped: this.#stopSignal.signal});
    // One signal serves all calls in flight; the default warning at ten listeners is meant for leaks.
    setMaxListeners(0, options.expired, this.#stopSignal.signal);
  }

  /** Adds a model that requests may be sent to; once, however often it is called. */
  serve(model: ServedModel): void {
    if (this.#gates.has(model.key)) return;
    const gate = new ModelGate(model, {
      clock: this.#options.clock,
      signal: this.#options.expired,
      inFlight: () => this.#scheduler.modelCounts(model.key).inFlight,
      onLimit: limit => {
        this.#scheduler.setLimit(model.key, limit);
        this.#pump();
        this.#options.onRoom();
      },
      onPaused: isPaused => {
        if (isPaused) this.#scheduler.pause(model.key);
        else this.#scheduler.resume(model.key);
        this.#pump();
        this.#options.onRoom();
      },
      onGone: reason => this.#options.onGone(model, describeGone(model, reason)),
      onCrash: this.#options.onCrash,
      waitForServerMs: this.#options.waitForServerMs,
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
      if (turn.attempt > 0) this.#retries++;
      this.#scheduler.ready(makeRequest(speaker, turn, key, 0));
    }
    this.#pump();
  }

  /** Ends dispatching: no new call starts after this. */
  stop(): void {
    this.#stopped = true;
    this.#stopSignal.abort();
    this.#wakeIdle();
  }

  /** Resolves once nothing is in flight. */
  async idle(): Promise<void> {
    if (this.#inFlight === 0) return;
    await new Promise<void>(resolve => this.#idle.push(resolve));
  }

  /** Ends all waiting and closes the backends. */
  async close(): Promise<void> {
    this.#stopSignal.abort();
    for (const gate of this.#gates.values()) gate.stop();
    await Promise.all([...this.#gates.values()].map(gate => gate.model.backend.close()));
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** Returns why one of these servers was given up, if one was, with the model's name. */
  goneBecause(modelKeys: Iterable<string>): string | null {
    for (const key of modelKeys) {
      const gate = this.#gates.get(key);
      if (gate && gate.goneBecause !== null) return describeGone(gate.model, gate.goneBecause);
    }
    return null;
  }

  /** Returns how many more requests a set of servers could take before their queues here are two limits long. */
  room(modelKeys: Iterable<string>): number {
    let room = 0;
    for (const key of modelKeys) {
      const {limit, inFlight, ready} = this.#scheduler.modelCounts(key);
      // One server's full queue must not keep another idle, but neither may it grow without end.
      if (ready > 8 * Math.max(1, limit)) return 0;
      room = Math.max(room, 2 * Math.max(1, limit) - inFlight - ready);
    }
    return room;
  }

  setConversationsLeft(count: number): void {
    this.#scheduler.setConversationsLeft(count);
  }

  counters(): {
    settled: number;
    retries: number;
    errors: number;
    inFlight: number;
    ready: number;
    waitingToRetry: number;
  } {
    return {
      settled: this.#settled,
      retries: this.#retries,
      errors: this.#errors,
      inFlight: this.#inFlight,
      ready: this.#scheduler.counts().ready,
      waitingToRetry: this.#callRetries.waiting,
    };
  }

  models(): ModelProgress[] {
    return this.#scheduler.counts().models.map(({model, limit, inFlight, ready}) => {
      const gate = this.#requireGate(model);
      return {name: gate.model.name, limit, inFlight, ready, trouble: gate.trouble};
    });
  }

  waiting(count: number): WaitingRequest[] {
    return this.#scheduler.peek(count).map(({speaker, turn, model, retry}) => ({
      questionId: speaker.id,
      agentId: turn.agentId,
      round: turn.round,
      model: this.#requireGate(model).model.name,
      retry,
    }));
  }

  #pump(): void {
    if (this.#stopped) return;
    for (let request = this.#scheduler.next(); request; request = this.#scheduler.next()) {
      if (request.speaker.isOver) this.#scheduler.settle(request);
      else void this.#call(request).catch(this.#options.onCrash);
    }
  }

  async #call(request: Request): Promise<void> {
    const {speaker, turn, callAttempt} = request;
    const gate = this.#requireGate(request.model);
    this.#inFlight++;
    let outcome: ChatOutcome;
    try {
      outcome = await gate.send(speaker.chatRequest(turn, callAttempt));
    } finally {
      this.#inFlight--;
      this.#scheduler.settle(request);
    }
    // Fill the freed slot first: the server works while the answer is parsed and written.
    this.#pump();
    this.#settled++;
    if (outcome.kind === 'reply') {
      gate.onReply(outcome);
      if (!speaker.isOver) speaker.onReply(turn, outcome, gate.model.backend.kind);
    } else {
      this.#onFailure(request, gate, outcome);
    }
    this.#options.onRoom();
    // Only now: what onRoom opened may have sent requests to this model.
    const {inFlight, ready} = this.#scheduler.modelCounts(request.model);
    if (inFlight + ready === 0) gate.onIdle();
    this.#wakeIdle();
  }

  #onFailure(request: Request, gate: ModelGate, failure: ChatFailure): void {
    if (failure.reason === 'aborted') return;
    this.#errors++;
    const {speaker, turn} = request;
    gate.onFailure(failure, speaker.order);
    // Tasks that need a server that was given up are being stopped: their questions stay as they are.
    if (speaker.isOver || gate.goneBecause !== null) return;
    if (this.#callRetries.mayRetry(request, gate, failure)) {
      this.#retries++;
      const repeat = (): void => this.#repeat(request);
      void this.#callRetries.repeatLater(request, gate, failure, repeat).catch(this.#options.onCrash);
    } else {
      gate.endTurn(failure, () => {
        if (!speaker.isOver) speaker.onFailure(turn, failure);
      });
    }
  }

  #repeat({speaker, turn, model, callAttempt}: Request): void {
    if (speaker.isOver) return;
    this.#scheduler.ready(makeRequest(speaker, turn, model, callAttempt + 1));
    this.#pump();
  }

  #wakeIdle(): void {
    if (this.#inFlight > 0) return;
    for (const wake of this.#idle.splice(0)) wake();
  }

  #requireGate(key: string): ModelGate {
    const gate = this.#gates.get(key);
    if (!gate) throw new Error(`Internal error: no server for ${key}`);
    return gate;
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

function describeGone({name}: ServedModel, reason: string): string {
  return `${name}: ${reason}`;
}
