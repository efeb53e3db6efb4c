import type {ChatFailure, ChatOutcome, ChatReply, ChatRequest, FailureReason} from '../../backend/backend.ts';
import {describeFailure} from '../../backend/failure/failure.ts';
import {sleepUnlessAborted, type Clock} from '../../core/clock.ts';
import {CircuitBreaker, type FailedCall} from '../../schedule/circuit.ts';
import {boundedWait} from '../../schedule/retry-delay.ts';
import {EqualRefusals} from './equal-refusals.ts';
import {ModelLimit} from './model-limit.ts';
import type {ServedModel} from './served-model.ts';

export interface ModelGateOptions {
  readonly clock: Clock;
  /** Aborts calls in flight and ends the gate's own waiting. */
  readonly signal: AbortSignal;
  readonly inFlight: () => number;
  readonly onLimit: (limit: number) => void;
  /** Called when requests may no longer be sent at all, and when they may again. */
  readonly onPaused: (isPaused: boolean) => void;
  /** Called once, when the server is given up. */
  readonly onGone: (reason: string) => void;
  readonly onCrash: (error: unknown) => void;
  /** Longest time that a server may be away or load its model; by default one minute and ten minutes. */
  readonly waitForServerMs?: number | undefined;
}

const PROBE_INTERVAL_MS = 2_000;

/**
 * Stands between the scheduler and one server, with its limit and its circuit breaker. When a server stops answering,
 * requests are held back and it is probed until it is back or given up.
 */
export class ModelGate {
  readonly model: ServedModel;
  readonly #options: ModelGateOptions;
  readonly #circuit: CircuitBreaker;
  readonly #refusals = new EqualRefusals();
  readonly #limit: ModelLimit;
  readonly #stopped = new AbortController();
  /** Ends the gate's waiting. */
  readonly #over: AbortSignal;
  /** In flight, the oldest first. */
  readonly #calls = new Set<{readonly sentMs: number}>();
  #isProbing = false;
  #hasSent = false;
  /** Calls that wait to be repeated. */
  #pendingRetries = 0;
  #goneBecause: string | null = null;

  constructor(model: ServedModel, options: ModelGateOptions) {
    this.model = model;
    this.#options = options;
    const {waitForServerMs: waitMs} = options;
    this.#circuit = new CircuitBreaker(waitMs === undefined ? {} : {goneAfterMs: waitMs, loadingMs: waitMs});
    this.#over = AbortSignal.any([this.#stopped.signal, options.signal]);
    const {clock, inFlight, onLimit} = options;
    this.#limit = new ModelLimit(model, {clock, signal: this.#over, inFlight, onLimit});
  }

  get limit(): number {
    return this.#limit.current;
  }

  /** Returns why nothing comes from the server at the moment, if so. */
  get trouble(): string | null {
    return this.#goneBecause ?? (this.#circuit.isFailing ? this.#circuit.reason(this.#now()) : null);
  }

  /** Returns why the server was given up, if it was. */
  get goneBecause(): string | null {
    return this.#goneBecause;
  }

  start(): void {
    void this.#limit.steer().catch(this.#options.onCrash);
  }

  stop(): void {
    this.#stopped.abort();
  }

  /** Makes one call to the server, which counts as in flight until it is over. */
  async send(request: ChatRequest): Promise<ChatOutcome> {
    if (!this.#hasSent) void this.#limit.proveByTime().catch(this.#options.onCrash);
    this.#hasSent = true;
    const call = {sentMs: this.#now()};
    this.#calls.add(call);
    try {
      const outcome = await this.model.backend.complete(request, this.#options.signal);
      if (outcome.kind === 'failure' && outcome.reason === 'timeout') this.#limit.timedOut(call.sentMs);
      return outcome;
    } finally {
      this.#calls.delete(call);
    }
  }

  onReply({latencyMs}: ChatReply): void {
    this.#circuit.answered();
    this.#limit.answered(latencyMs);
    for (const then of this.#refusals.answered()) then();
  }

  /** @param conversation its number, which tells many refusals of one conversation from refusals of many. */
  onFailure(failure: ChatFailure, conversation: number): void {
    const {reason, retryAfterMs = 0} = failure;
    const message = describeFailure(failure);
    if (this.#isFatal(failure)) {
      this.#giveUp(message);
      return;
    }
    if (mayConcernModelOrPrompt(failure)) {
      this.#countRefusal(failure, conversation, message);
      return;
    }
    if (reason === 'rate-limited') this.#limit.refused();
    const kind = CIRCUIT_KINDS[reason];
    // A server that answers is alive, even if it refuses this request.
    if (kind === undefined) return;
    const nowMs = this.#now();
    const [oldest] = this.#calls;
    const state = this.#circuit.failed({
      kind,
      message,
      nowMs,
      oldestCallMs: oldest ? nowMs - oldest.sentMs : 0,
      retryAfterMs: boundedWait(retryAfterMs),
    });
    if (state === 'gone') this.#giveUp(this.#circuit.reason(this.#now()));
    else if (state === 'open') void this.#probe().catch(this.#options.onCrash);
  }

  /**
   * Ends a turn whose call failed for good, or holds that back: as long as the model may refuse every call, the
   * question must not be recorded as failed.
   *
   * @param end called once, now or later, or never when the model is given up.
   */
  endTurn(failure: ChatFailure, end: () => void): void {
    const isSuspect = failure.reason === 'unauthorized' || !this.#refusals.hasAnswered;
    if (mayConcernModelOrPrompt(failure) && isSuspect) this.#refusals.hold(end);
    else end();
  }

  /** Counts a call that waits to be repeated, until `retryStarted`. */
  retryScheduled(): void {
    this.#pendingRetries++;
  }

  retryStarted(): void {
    this.#pendingRetries--;
  }

  /** Ends the turns that were held back, once no call is out or about to be made that could tell more. */
  onIdle(): void {
    if (this.#pendingRetries > 0 || this.#goneBecause !== null) return;
    for (const then of this.#refusals.release()) then();
  }

  /**
   * Returns whether no call of this model will be answered any more. A 403 about the key may concern one prompt only
   * where others were answered.
   */
  #isFatal({reason, isFinalForModel = false}: ChatFailure): boolean {
    if (reason === 'model-missing' || reason === 'given-up') return true;
    return reason === 'unauthorized' && (isFinalForModel || !this.#refusals.hasAnswered);
  }

  #countRefusal({reason}: ChatFailure, conversation: number, message: string): void {
    if (this.#refusals.hasAnswered && reason !== 'unauthorized') return;
    const count = this.#refusals.add(conversation, message);
    if (count === null) return;
    const answered = this.#refusals.hasAnswered ? 'no call was answered since' : 'no call was answered';
    this.#giveUp(`${count} conversations were refused alike, ${answered}: ${message}`);
  }

  /** Reports once that the server is given up; calls that were in flight fail afterwards, too. */
  #giveUp(reason: string): void {
    if (this.#goneBecause !== null) return;
    this.#goneBecause = reason;
    this.#options.onGone(reason);
  }

  #now(): number {
    return this.#options.clock.monotonic();
  }

  /** Checks the server at intervals until it is back or given up; nothing else is sent meanwhile. */
  async #probe(): Promise<void> {
    if (this.#isProbing) return;
    this.#isProbing = true;
    this.#options.onPaused(true);
    try {
      while (await sleepUnlessAborted(this.#options.clock, PROBE_INTERVAL_MS, this.#over)) {
        const failure = await this.model.backend.check(this.#stopped.signal);
        if (!failure) {
          this.#circuit.probed();
          this.#options.onPaused(false);
          return;
        }
        const kind = failure.reason === 'loading' ? 'loading' : 'down';
        if (this.#circuit.failed({kind, message: describeFailure(failure), nowMs: this.#now()}) === 'gone') {
          this.#giveUp(this.#circuit.reason(this.#now()));
          return;
        }
      }
    } finally {
      this.#isProbing = false;
    }
  }
}

/** Returns whether a refusal may concern one prompt or all; `nonsense` for all is an address where no model is. */
function mayConcernModelOrPrompt({reason}: ChatFailure): boolean {
  return reason === 'refused' || reason === 'nonsense' || reason === 'unauthorized';
}

/** The state of the server that a failure shows. The others show that it is alive. */
const CIRCUIT_KINDS: Partial<Record<FailureReason, FailedCall['kind']>> = {
  'rate-limited': 'busy',
  overloaded: 'down',
  timeout: 'down',
  unreachable: 'down',
  'engine-dead': 'dead',
  loading: 'loading',
};
