/** `closed`: requests are sent; `open`: only probes are sent for a while; `gone`: the server is given up. */
export type CircuitState = 'closed' | 'open' | 'gone';

export interface CircuitBreakerOptions {
  /** Number of failures in a row, with no answer in between, that open it. */
  readonly openAfter?: number;
  /** Time without any sign of life while failing after which the server is gone. */
  readonly goneAfterMs?: number;
  /** Time without an answer while failing after which it is gone even if it lives: it refuses or cuts every call. */
  readonly uselessAfterMs?: number;
  /** Longest time for a server that says that it loads its model. */
  readonly loadingMs?: number;
}

export interface FailedCall {
  /**
   * - `busy`: the server answered that it has too much to do.
   * - `down`: it did not answer, or answered with an error.
   * - `dead`: it said itself that it cannot answer before it is started again.
   * - `loading`: it is reading its model into memory.
   */
  readonly kind: 'busy' | 'down' | 'dead' | 'loading';
  readonly message: string;
  /** Monotonic. */
  readonly nowMs: number;
  /** Time since the oldest call in flight was sent; 0 when there is none. */
  readonly oldestCallMs?: number;
  /** Time for which the server asked not to be called. */
  readonly retryAfterMs?: number;
}

/** Multiplies the patience with a server that has worked on one call for long: it may be about to answer it. */
const LONG_CALL_FACTOR = 3;

/**
 * Decides whether requests should still be sent to a server. Pure: the caller passes the time. While it is open, only
 * probes are sent until one succeeds.
 *
 * Three clocks run: one since the last sign of life, which a successful probe, a 429 or "loading" is; one since the
 * last answer to a call, which only an answer ends, because a server that says it is well and answers nothing would
 * otherwise be asked for ever; and one since it began to load its model.
 */
export class CircuitBreaker {
  readonly #openAfter: number;
  readonly #goneAfterMs: number;
  readonly #uselessAfterMs: number;
  readonly #loadingMs: number;
  /** Since the last answer. */
  #failures = 0;
  #refusals = 0;
  #probes = 0;
  #failingSinceMs = 0;
  /** Longest time for which the server asked not to be called. */
  #longestRetryAfterMs = 0;
  /** Since the last answer or successful probe: a server that took long to come back may fail a few times more. */
  #failuresSinceProbe = 0;
  /** Since the last sign of life. */
  #silences = 0;
  #silentSinceMs = 0;
  #lastSilenceMs = 0;
  #loadingSinceMs: number | null = null;
  #lastMessage = '';
  #state: CircuitState = 'closed';

  constructor(options: CircuitBreakerOptions = {}) {
    this.#openAfter = options.openAfter ?? 5;
    this.#goneAfterMs = options.goneAfterMs ?? 60_000;
    this.#uselessAfterMs = options.uselessAfterMs ?? 5 * 60_000;
    this.#loadingMs = options.loadingMs ?? 10 * 60_000;
  }

  get state(): CircuitState {
    return this.#state;
  }

  /** Returns whether enough calls in a row have failed to report it. */
  get isFailing(): boolean {
    return this.#state !== 'closed' || this.#failures >= this.#openAfter;
  }

  /** Returns in a sentence why nothing comes from the server. */
  reason(nowMs: number): string {
    if (this.#loadingSinceMs !== null) {
      return `loading its model for ${Math.round((nowMs - this.#loadingSinceMs) / 1000)} s: ${this.#lastMessage}`;
    }
    const seconds = Math.round((nowMs - this.#failingSinceMs) / 1000);
    const refusals = this.#refusals === this.#failures ? 'rate-limited by the server, ' : '';
    return `${refusals}no answer for ${seconds} s (${this.#failures} failures in a row): ${this.#lastMessage}`;
  }

  /** Notes that a call was answered. */
  answered(): void {
    this.#failures = 0;
    this.#refusals = 0;
    this.#probes = 0;
    this.#longestRetryAfterMs = 0;
    this.#failuresSinceProbe = 0;
    this.#silences = 0;
    this.#loadingSinceMs = null;
  }

  /** Notes a successful probe: calls may be tried again. */
  probed(): void {
    this.#probes++;
    this.#failuresSinceProbe = 0;
    this.#silences = 0;
    this.#loadingSinceMs = null;
    if (this.#state === 'open') this.#state = 'closed';
  }

  /** Notes that a call or a probe failed. Returns the state after it. */
  failed(call: FailedCall): CircuitState {
    const {kind, message, nowMs, oldestCallMs = 0, retryAfterMs = 0} = call;
    if (this.#failures === 0) this.#failingSinceMs = nowMs;
    this.#failures++;
    this.#failuresSinceProbe++;
    this.#lastMessage = message;
    this.#longestRetryAfterMs = Math.max(this.#longestRetryAfterMs, retryAfterMs);
    if (kind === 'loading') return this.#recordLoading(nowMs);
    this.#loadingSinceMs = null;
    if (kind === 'busy') {
      this.#refusals++;
      this.#silences = 0;
    } else {
      this.#recordSilence(nowMs);
    }
    if (this.#isSilent(nowMs) || this.#isUseless(nowMs, oldestCallMs)) this.#state = 'gone';
    else if (this.#state === 'closed' && (kind === 'dead' || this.#silences >= this.#openAfter)) this.#state = 'open';
    return this.#state;
  }

  /** Nothing is sent while a model loads; how long it loads says nothing about how useful its server is. */
  #recordLoading(nowMs: number): CircuitState {
    this.#silences = 0;
    this.#failingSinceMs = nowMs;
    this.#loadingSinceMs ??= nowMs;
    if (this.#state !== 'gone') this.#state = nowMs - this.#loadingSinceMs >= this.#loadingMs ? 'gone' : 'open';
    return this.#state;
  }

  /**
   * Counts a silence. Its clock starts with the current streak: an old time-out, after which calls were in flight for a
   * while, does not belong to the restart that cuts them.
   */
  #recordSilence(nowMs: number): void {
    const isOtherStreak = this.#state === 'closed' && nowMs - this.#lastSilenceMs > this.#goneAfterMs / 2;
    if (this.#silences === 0 || isOtherStreak) this.#silentSinceMs = nowMs;
    this.#silences++;
    this.#lastSilenceMs = nowMs;
  }

  /** Returns whether the server was silent for too long; only if open, because then it was probed. */
  #isSilent(nowMs: number): boolean {
    return this.#state === 'open' && nowMs - this.#silentSinceMs >= this.#goneAfterMs;
  }

  /** Returns whether a server that lives, by its probes or refusals, has not answered a call for too long. */
  #isUseless(nowMs: number, oldestCallMs: number): boolean {
    if (this.#probes === 0 && this.#refusals < this.#openAfter) return false;
    const patienceMs = this.#uselessAfterMs * (oldestCallMs >= this.#uselessAfterMs / 2 ? LONG_CALL_FACTOR : 1);
    const isOver = nowMs - this.#failingSinceMs >= patienceMs + this.#longestRetryAfterMs;
    return this.#failuresSinceProbe >= this.#openAfter && isOver;
  }
}
