/** What a server says of its load, or what its answers tell. */
export type LoadSignal =
  /** vLLM's /metrics; it queues without bound and never refuses, so only these tell that it is full. */
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
    }
  /** Answers of a server that refuses when it is full (429). */
  | {readonly kind: 'answers'; readonly answered: number; readonly refused: number};

export interface AutoLimitOptions {
  readonly start: number;
  readonly min: number;
  readonly max: number;
}

/** Beyond this use of the KV cache one long answer can push out another sequence. */
const KV_HIGH = 0.95;
/** A queue of this share of what runs keeps the slots full while an answer travels; a longer one only waits there instead of here. */
const QUEUE_SHARE = 0.25;

/**
 * Steers how many requests a server gets at once: up while it takes them, down when it pushes back (additive increase, multiplicative decrease: Chiu
 * and Jain 1989). Pure: one signal in, one limit out.
 */
export class AutoLimit {
  readonly #min: number;
  readonly #max: number;
  #limit: number;

  constructor({start, min, max}: AutoLimitOptions) {
    this.#min = min;
    this.#max = max;
    this.#limit = this.#clamp(start);
  }

  get limit(): number {
    return this.#limit;
  }

  /** @param inFlight requests that are out now: a limit that is not used up says nothing about the server, so it does not grow. */
  update(signal: LoadSignal, inFlight: number): number {
    const next = signal.kind === 'server-load' ? this.#fromLoad(signal, inFlight) : this.#fromAnswers(signal, inFlight);
    this.#limit = this.#clamp(next);
    return this.#limit;
  }

  #fromLoad(load: Extract<LoadSignal, {kind: 'server-load'}>, inFlight: number): number {
    const {running, waiting, kvCacheUse, preemptions, kvCapacity} = load;
    if (preemptions > 0 || (kvCacheUse ?? 0) > KV_HIGH) return this.#limit * 0.85;
    const shortQueue = Math.max(2, Math.ceil(running * QUEUE_SHARE));
    if (waiting > shortQueue) return Math.max(running + shortQueue, this.#limit - (waiting - shortQueue));
    if (!this.#isUsed(inFlight) || waiting > 0) return this.#limit;
    // What surely fits, with a quarter more: most sequences are shorter than the longest allowed.
    const surelyFits = kvCapacity === null ? Infinity : kvCapacity * 1.25;
    // The cache fills in proportion to what runs: do not grow into preemptions.
    const fitsByUse = kvCacheUse === null || kvCacheUse === 0 ? Infinity : (this.#limit * KV_HIGH) / kvCacheUse;
    const grown = Math.ceil(this.#limit * 1.5) + 1;
    return Math.max(this.#limit, Math.min(grown, Math.ceil(surelyFits), fitsByUse));
  }

  #fromAnswers({answered, refused}: Extract<LoadSignal, {kind: 'answers'}>, inFlight: number): number {
    if (refused > 0) return this.#limit * 0.7;
    return answered > 0 && this.#isUsed(inFlight) ? this.#limit + Math.max(1, this.#limit * 0.05) : this.#limit;
  }

  #isUsed(inFlight: number): boolean {
    return inFlight >= this.#limit * 0.9;
  }

  #clamp(limit: number): number {
    return Math.max(this.#min, Math.min(this.#max, Math.floor(limit)));
  }
}
