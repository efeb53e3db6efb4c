import {AnswerRounds} from './answer-rounds.ts';

/** What a server says of its load, or what its answers tell. */
export type LoadSignal =
  /**
   * The metrics of vLLM, SGLang or llama.cpp; they queue without bound and never refuse, so only these tell that one is
   * full.
   */
  | {
      readonly kind: 'server-load';
      readonly running: number;
      readonly waiting: number;
      /** 0…1; null where it does not say. */
      readonly kvCacheUse: number | null;
      /** Since the last signal. */
      readonly preemptions: number;
      /** Sequences that surely fit; null where it does not say. */
      readonly kvCapacity: number | null;
      /** Calls since the last signal that got no answer in time. */
      readonly timedOut?: number;
    }
  /** All that is known of a server without metrics: how its calls ended since the last signal. */
  | {
      readonly kind: 'answers';
      readonly answered: number;
      /** With 429. */
      readonly refused: number;
      readonly timedOut?: number;
      /** Mean of those answered; null when there were none. */
      readonly latencyMs?: number | null;
    };

export interface AutoLimitOptions {
  readonly start: number;
  readonly min: number;
  readonly max: number;
}

/** Beyond this use of the KV cache one long answer can push out another sequence. */
const KV_HIGH = 0.95;
/**
 * A queue of this share of what runs keeps the slots full while an answer travels; a longer one only waits there
 * instead of here.
 */
const QUEUE_SHARE = 0.25;
/** Calls in vain held a slot for a whole time-out, so that the limit goes down further than after a refusal. */
const AFTER_TIMEOUT = 0.5;
const AFTER_REFUSAL = 0.7;
/**
 * So many times the server must have answered all that the limit lets out before a limit that ended in time-outs is
 * tried again.
 */
const ROUNDS_BELOW_CEILING = 64;

/**
 * Steers how many requests a server gets at once: up while it takes them, down when it pushes back (additive increase,
 * multiplicative decrease: Chiu and Jain 1989), and no further up where that only makes its answers slower. Pure: one
 * signal in, one limit out.
 */
export class AutoLimit {
  readonly #min: number;
  readonly #max: number;
  readonly #rounds = new AnswerRounds();
  /** The most that is tried after time-outs. */
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
   * @param inFlight requests that are out now: a limit that is not used up says nothing about the server, so it does
   * not grow.
   */
  update(signal: LoadSignal, inFlight: number): number {
    this.#limit = this.#clamp(this.#next(signal, inFlight));
    return this.#limit;
  }

  #next(signal: LoadSignal, inFlight: number): number {
    if ((signal.timedOut ?? 0) > 0) return this.#afterTimeout();
    return signal.kind === 'server-load' ? this.#fromLoad(signal, inFlight) : this.#fromAnswers(signal, inFlight);
  }

  /** What timed out was too much, and stays so for a while: growing straight back would cost another time-out. */
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
    // What surely fits, with a quarter more: most sequences are shorter than the longest allowed.
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
    // Only when what was sent under this limit came back is it known what it does.
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
