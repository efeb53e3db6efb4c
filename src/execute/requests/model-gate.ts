import type {ChatFailure, ChatOutcome, ChatReply, ChatRequest, FailureReason} from '../../backend/backend.ts';
import {describeFailure} from '../../backend/failure/failure.ts';
import type {Clock} from '../../core/clock.ts';
import {AutoLimit} from '../../schedule/auto-limit.ts';
import {CircuitBreaker, type FailedCall} from '../../schedule/circuit.ts';
import {boundedWait} from '../../schedule/retry-delay.ts';
import {EqualRefusals} from './equal-refusals.ts';
import {AUTO_LIMIT, autoCeiling, type ServedModel} from './served-model.ts';

export interface ModelGateOptions {
  readonly clock: Clock;
  /** Aborts calls in flight and ends the gate's own waiting. */
  readonly signal: AbortSignal;
  readonly inFlight: () => number;
  readonly onLimit: (limit: number) => void;
  /** Whether requests may be sent at all. */
  readonly onPaused: (isPaused: boolean) => void;
  /** The server is given up. */
  readonly onGone: (reason: string) => void;
  readonly onCrash: (error: unknown) => void;
  /** How long a server may be away or load its model; default: a minute and ten. */
  readonly waitForServerMs?: number | undefined;
}

/**
 * As long as a model has answered nothing, it gets no more calls at once than show whether it refuses all of them
 * alike.
 */
const UNPROVEN_LIMIT = 16;
/** A refusal comes at once; a model that is silent for so long is at work. */
const UNPROVEN_MS = 5_000;

const LOAD_INTERVAL_MS = 1_000;
const PROBE_INTERVAL_MS = 2_000;

/**
 * What stands between the scheduler and one server: its limit (fixed, or steered by the server's load) and its circuit.
 * When a server stops answering, requests are held back and a probe asks for it until it is back or given up.
 */
export class ModelGate {
  readonly model: ServedModel;
  readonly #options: ModelGateOptions;
  readonly #circuit: CircuitBreaker;
  readonly #refusals = new EqualRefusals();
  readonly #auto: AutoLimit | null;
  readonly #stopped = new AbortController();
  /** Ends the gate's waiting. */
  readonly #over: AbortSignal;
  /** In flight, the oldest first. */
  readonly #calls = new Set<{readonly sentMs: number}>();
  #isProbing = false;
  #isProven = false;
  #hasSent = false;
  /** Calls that wait to be repeated. */
  #pendingRetries = 0;
  #goneBecause: string | null = null;
  #answered = 0;
  #answeredMs = 0;
  #refused = 0;
  /** When a time-out lowered the limit last. */
  #loweredMs = -Infinity;
  #preemptions: number | null = null;

  constructor(model: ServedModel, options: ModelGateOptions) {
    this.model = model;
    this.#options = options;
    const {waitForServerMs: waitMs} = options;
    this.#circuit = new CircuitBreaker(waitMs === undefined ? {} : {goneAfterMs: waitMs, loadingMs: waitMs});
    this.#over = AbortSignal.any([this.#stopped.signal, options.signal]);
    this.#auto =
      model.limit === 'auto'
        ? new AutoLimit({start: AUTO_LIMIT.start, min: 1, max: autoCeiling(model.definition)})
        : null;
  }

  get limit(): number {
    const limit = this.#auto?.limit ?? (this.model.limit as number);
    return this.#isProven ? limit : Math.min(limit, UNPROVEN_LIMIT);
  }

  /** Why nothing comes from it at the moment, if so. */
  get trouble(): string | null {
    return this.#goneBecause ?? (this.#circuit.isFailing ? this.#circuit.reason(this.#now()) : null);
  }

  /** Why it was given up, if it was. */
  get goneBecause(): string | null {
    return this.#goneBecause;
  }

  start(): void {
    if (this.#auto) void this.#steer(this.#auto).catch(this.#options.onCrash);
  }

  stop(): void {
    this.#stopped.abort();
  }

  /** One call to the server; counts as in flight until it is over. */
  async send(request: ChatRequest): Promise<ChatOutcome> {
    if (!this.#hasSent) void this.#proveByTime().catch(this.#options.onCrash);
    this.#hasSent = true;
    const call = {sentMs: this.#now()};
    this.#calls.add(call);
    try {
      const outcome = await this.model.backend.complete(request, this.#options.signal);
      if (outcome.kind === 'failure' && outcome.reason === 'timeout') this.#lowerAfterTimeout(call.sentMs);
      return outcome;
    } finally {
      this.#calls.delete(call);
    }
  }

  onReply({latencyMs}: ChatReply): void {
    this.#answered++;
    this.#answeredMs += latencyMs;
    this.#circuit.answered();
    this.#prove();
    for (const then of this.#refusals.answered()) then();
  }

  /** @param conversation its number, by which refusals of one are told from refusals of many. */
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
    if (reason === 'rate-limited') this.#refused++;
    const kind = CIRCUIT_KINDS[reason];
    // A server that answers, even with "no" to this request, is alive.
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
   * Ends a turn whose call failed for good, or holds that back: as long as a refusal may be of the model, its question
   * must not be recorded as failed.
   *
   * @param end carried out once, now or later or, when the model is given up, never.
   */
  endTurn(failure: ChatFailure, end: () => void): void {
    const isSuspect = failure.reason === 'unauthorized' || !this.#refusals.hasAnswered;
    if (mayConcernModelOrPrompt(failure) && isSuspect) this.#refusals.hold(end);
    else end();
  }

  /** A call waits for its repetition until `repeated`. */
  retryScheduled(): void {
    this.#pendingRetries++;
  }

  retryStarted(): void {
    this.#pendingRetries--;
  }

  /** No call is out or about to be made: what was held back can wait for nothing more. */
  onIdle(): void {
    if (this.#pendingRetries > 0 || this.#goneBecause !== null) return;
    for (const then of this.#refusals.release()) then();
  }

  /**
   * Whether no call of this model will be answered any more. A 403 about the key can be of one prompt where others were
   * answered.
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

  #prove(): void {
    if (this.#isProven) return;
    this.#isProven = true;
    this.#options.onLimit(this.limit);
  }

  async #proveByTime(): Promise<void> {
    if (await this.#pause(UNPROVEN_MS)) this.#prove();
  }

  /** At once, before the slot is free again; once for all calls that were out together. */
  #lowerAfterTimeout(sentMs: number): void {
    if (!this.#auto || sentMs <= this.#loweredMs) return;
    this.#auto.update({kind: 'answers', answered: 0, refused: 0, timedOut: 1}, this.#options.inFlight());
    this.#loweredMs = this.#now();
    this.#options.onLimit(this.limit);
  }

  /** Once; calls that were in flight fail afterwards, too. */
  #giveUp(reason: string): void {
    if (this.#goneBecause !== null) return;
    this.#goneBecause = reason;
    this.#options.onGone(reason);
  }

  #now(): number {
    return this.#options.clock.monotonic();
  }

  /** Asks for the server at intervals; nothing else is sent meanwhile. */
  async #probe(): Promise<void> {
    if (this.#isProbing) return;
    this.#isProbing = true;
    this.#options.onPaused(true);
    try {
      while (await this.#pause(PROBE_INTERVAL_MS)) {
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

  async #steer(auto: AutoLimit): Promise<void> {
    while (await this.#pause(LOAD_INTERVAL_MS)) {
      const before = auto.limit;
      const inFlight = this.#options.inFlight();
      const load = (await this.model.backend.load?.(this.#stopped.signal)) ?? null;
      if (load) {
        const total = load.preemptionsTotal;
        const preemptions = total === null || this.#preemptions === null ? 0 : Math.max(0, total - this.#preemptions);
        this.#preemptions = total;
        const {running, waiting, kvCacheUse, kvCapacitySequences: kvCapacity} = load;
        auto.update({kind: 'server-load', running, waiting, kvCacheUse, preemptions, kvCapacity}, inFlight);
      } else {
        const latencyMs = this.#answered === 0 ? null : this.#answeredMs / this.#answered;
        auto.update({kind: 'answers', answered: this.#answered, refused: this.#refused, latencyMs}, inFlight);
      }
      this.#answered = 0;
      this.#answeredMs = 0;
      this.#refused = 0;
      if (auto.limit !== before) this.#options.onLimit(this.limit);
    }
  }

  /** @returns false when the gate was stopped meanwhile. */
  async #pause(ms: number): Promise<boolean> {
    try {
      await this.#options.clock.sleep(ms, this.#over);
      return true;
    } catch {
      return false;
    }
  }
}

/** Refusals that can be of one prompt or of all; `nonsense` of all is an address where no model is. */
function mayConcernModelOrPrompt({reason}: ChatFailure): boolean {
  return reason === 'refused' || reason === 'nonsense' || reason === 'unauthorized';
}

/** What a failure tells of the server; of the others, that it lives. */
const CIRCUIT_KINDS: Partial<Record<FailureReason, FailedCall['kind']>> = {
  'rate-limited': 'busy',
  overloaded: 'down',
  timeout: 'down',
  unreachable: 'down',
  'engine-dead': 'dead',
  loading: 'loading',
};
