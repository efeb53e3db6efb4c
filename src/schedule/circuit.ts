/** What a circuit makes of a failure: go on, stop sending for a while, or give the server up. */
export type CircuitState = 'closed' | 'open' | 'gone';

export interface CircuitBreakerOptions {
  /** Failures in a row, with no answer between them, that open it. */
  readonly openAfter?: number;
  /** Without any sign of life for this long while failing, the server is gone. */
  readonly goneAfterMs?: number;
  /**
   * Without one answer for this long while failing, it is gone even if it lives: it refuses everything (429), or cuts
   * every answer.
   */
  readonly uselessAfterMs?: number;
  /** A server that says that it loads its model gets so long to finish. */
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
  /** For how long the server has been at the oldest call in flight; 0 when there is none. */
  readonly oldestCallMs?: number;
  /** For how long the server asked not to be called. */
  readonly retryAfterMs?: number;
}

/**
 * A server that has been at one call for long may be about to answer it while it refuses others: it gets so many times
 * the patience.
 */
const LONG_CALL_FACTOR = 3;

/**
 * Decides whether a server is still worth sending to. Pure: the caller passes the time. Open means: only probes until
 * one succeeds.
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
  /** The longest time that the server asked not to be called. */
  #longestRetryAfterMs = 0;
  /**
   * Since the last answer or successful probe: a server that took long to come back is not judged by its first failure.
   */
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

  /** Enough calls in a row have failed that it is worth telling. */
  get isFailing(): boolean {
    return this.#state !== 'closed' || this.#failures >= this.#openAfter;
  }

  /** Why nothing comes from the server, in a sentence. */
  reason(nowMs: number): string {
    if (this.#loadingSinceMs !== null) {
      return `loading its model for ${Math.round((nowMs - this.#loadingSinceMs) / 1000)} s: ${this.#lastMessage}`;
    }
    const seconds = Math.round((nowMs - this.#failingSinceMs) / 1000);
    const refusals = this.#refusals === this.#failures ? 'rate-limited by the server, ' : '';
    return `${refusals}no answer for ${seconds} s (${this.#failures} failures in a row): ${this.#lastMessage}`;
  }

  /** A call was answered. */
  answered(): void {
    this.#failures = 0;
    this.#refusals = 0;
    this.#probes = 0;
    this.#longestRetryAfterMs = 0;
    this.#failuresSinceProbe = 0;
    this.#silences = 0;
    this.#loadingSinceMs = null;
  }

  /** The server says that it is well: calls may be tried again. */
  probed(): void {
    this.#probes++;
    this.#failuresSinceProbe = 0;
    this.#silences = 0;
    this.#loadingSinceMs = null;
    if (this.#state === 'open') this.#state = 'closed';
  }

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

  /** Nothing is sent meanwhile; how long a model loads says nothing of how useful its server is. */
  #recordLoading(nowMs: number): CircuitState {
    this.#silences = 0;
    this.#failingSinceMs = nowMs;
    this.#loadingSinceMs ??= nowMs;
    if (this.#state !== 'gone') this.#state = nowMs - this.#loadingSinceMs >= this.#loadingMs ? 'gone' : 'open';
    return this.#state;
  }

  /**
   * The clock of silence starts with the streak that is going on: an old time-out, after which calls were on their way
   * for a while, does not belong to the restart that cuts them.
   */
  #recordSilence(nowMs: number): void {
    const isOtherStreak = this.#state === 'closed' && nowMs - this.#lastSilenceMs > this.#goneAfterMs / 2;
    if (this.#silences === 0 || isOtherStreak) this.#silentSinceMs = nowMs;
    this.#silences++;
    this.#lastSilenceMs = nowMs;
  }

  /** Only of an open circuit: a probe has asked for the server by then. */
  #isSilent(nowMs: number): boolean {
    return this.#state === 'open' && nowMs - this.#silentSinceMs >= this.#goneAfterMs;
  }

  /**
   * Only where the server showed that it lives, by a probe or by its refusals: otherwise it is for the clock of
   * silence.
   */
  #isUseless(nowMs: number, oldestCallMs: number): boolean {
    if (this.#probes === 0 && this.#refusals < this.#openAfter) return false;
    const patienceMs = this.#uselessAfterMs * (oldestCallMs >= this.#uselessAfterMs / 2 ? LONG_CALL_FACTOR : 1);
    const isOver = nowMs - this.#failingSinceMs >= patienceMs + this.#longestRetryAfterMs;
    return this.#failuresSinceProbe >= this.#openAfter && isOver;
  }
}
