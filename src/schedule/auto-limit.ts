import {AnswerRounds} from './answer-rounds.ts';

/** The load that a server reports, or what its answers show of it. */
export type LoadSignal =
  /** Metrics of vLLM, SGLang or llama.cpp, which queue without bound and never refuse: only these show a full one. */
  | {
      readonly kind: 'server-load';
      readonly running: number;
      readonly waiting: number;
      /** 0…1; null where the server does not report it. */
      readonly kvCacheUse: number | null;
      /** Number since the last signal. */
      readonly preemptions: number;
      /** Sequences that surely fit; null where the server does not report it. */
      readonly kvCapacity: number | null;
      /** Calls since the last signal that got no answer in time. */
      readonly timedOut?: number;
    }
  /** Ends of the calls since the last signal: all that is known of a server without metrics. */
  | {
      readonly kind: 'answers';
      readonly answered: number;
      /** Calls answered with 429. */
      readonly refused: number;
      readonly timedOut?: number;
      /** Mean over the answered calls; null when there were none. */
      readonly latencyMs?: number | null;
    };

export interface AutoLimitOptions {
  readonly start: number;
  readonly min: number;
  readonly max: number;
}

/** Use of the KV cache beyond which one long answer can push out another sequence. */
const KV_HIGH = 0.95;
/** Queue, as a share of what runs, that keeps the slots full while answers travel; more would only wait longer. */
const QUEUE_SHARE = 0.25;
/** Factors for the limit. A call that timed out held a slot all that time, so it weighs more than a refusal. */
const AFTER_TIMEOUT = 0.5;
const AFTER_REFUSAL = 0.7;
/** Rounds that must be answered below a limit that ended in time-outs before it is tried again. */
const ROUNDS_BELOW_CEILING = 64;

/**
 * Steers how many requests a server gets at once: up while it takes them, down when it pushes back (additive increase,
 * multiplicative decrease: Chiu and Jain 1989), and no further up where that only makes its answers slower. Pure: a
 * signal goes in, a limit comes out.
 */
export class AutoLimit {
  readonly #min: number;
  readonly #max: number;
  readonly #rounds = new AnswerRounds();
  /** Highest limit that is tried after time-outs. */
  #ceiling = Infinity;
  #roundsBelowCeiling = 0;
  #limit: number;

  constructor({start, min, max}: AutoLimitOptions) {
    this.#min = min;
    this.#max = max;
    this.#limit = this.#clamp(start);
  }

  get limit(): number {
    return this.#limit;
  }

  /**
   * Takes in a signal and returns the new limit.
   *
   * @param inFlight requests in flight now: a limit that is not used up says nothing about the server and does not
   * grow.
   */
  update(signal: LoadSignal, inFlight: number): number {
    this.#limit = this.#clamp(this.#next(signal, inFlight));
    return this.#limit;
  }

  #next(signal: LoadSignal, inFlight: number): number {
    if ((signal.timedOut ?? 0) > 0) return this.#afterTimeout();
    return signal.kind === 'server-load' ? this.#fromLoad(signal, inFlight) : this.#fromAnswers(signal, inFlight);
  }

  /** Halves the limit and caps it for a while: growing straight back would cost another time-out. */
  #afterTimeout(): number {
    this.#rounds.forget();
    this.#ceiling = Math.max(this.#min, Math.min(this.#ceiling, this.#limit - 1));
    this.#roundsBelowCeiling = 0;
    return this.#limit * AFTER_TIMEOUT;
  }

  #fromLoad(load: Extract<LoadSignal, {kind: 'server-load'}>, inFlight: number): number {
    const {running, waiting, kvCacheUse, preemptions, kvCapacity} = load;
    if (preemptions > 0 || (kvCacheUse ?? 0) > KV_HIGH) return this.#limit * 0.85;
    const shortQueue = Math.max(2, Math.ceil(running * QUEUE_SHARE));
    if (waiting > shortQueue) return Math.max(running + shortQueue, this.#limit - (waiting - shortQueue));
    if (!this.#isSaturated(inFlight) || waiting > 0) return this.#limit;
    // A quarter more than what surely fits: most sequences are shorter than the longest allowed.
    const surelyFits = kvCapacity === null ? Infinity : kvCapacity * 1.25;
    // The cache fills in proportion to what runs: do not grow into preemptions.
    const fitsByUse = kvCacheUse === null || kvCacheUse === 0 ? Infinity : (this.#limit * KV_HIGH) / kvCacheUse;
    const grown = Math.ceil(this.#limit * 1.5) + 1;
    return Math.max(this.#limit, Math.min(grown, Math.ceil(surelyFits), fitsByUse));
  }

  #fromAnswers(signal: Extract<LoadSignal, {kind: 'answers'}>, inFlight: number): number {
    const {answered, refused, latencyMs = null} = signal;
    if (refused > 0) {
      this.#rounds.forget();
      return this.#limit * AFTER_REFUSAL;
    }
    if (answered === 0 || !this.#isSaturated(inFlight)) return this.#limit;
    // The effect of a limit is known only when the requests sent under it are answered.
    const verdict = this.#rounds.add(this.#limit, answered, latencyMs);
    if (verdict === null) return this.#limit;
    this.#raiseCeiling();
    if (typeof verdict === 'number') return verdict;
    return verdict === 'stay' ? this.#limit : Math.min(this.#ceiling, this.#limit + Math.max(1, this.#limit * 0.05));
  }

  #raiseCeiling(): void {
    this.#roundsBelowCeiling++;
    if (this.#roundsBelowCeiling < ROUNDS_BELOW_CEILING) return;
    this.#roundsBelowCeiling = 0;
    this.#ceiling++;
  }

  #isSaturated(inFlight: number): boolean {
    return inFlight >= this.#limit * 0.9;
  }

  #clamp(limit: number): number {
    return Math.max(this.#min, Math.min(this.#max, Math.floor(limit)));
  }
}
