/** What a circuit makes of a failure: go on, stop sending for a while, or give the server up. */
export type CircuitState = 'closed' | 'open' | 'gone';

export interface CircuitOptions {
  /** Failures in a row, with no answer between them, that open it. */
  readonly openAfter?: number;
  /** Without any sign of life for this long while failing, the server is gone. */
  readonly goneAfterMs?: number;
  /** Without one answer for this long while failing, it is gone even if it lives: it refuses everything (429), or cuts every answer. */
  readonly uselessAfterMs?: number;
}

export interface FailedCall {
  /** `busy`: the server answered that it has too much to do; `down`: it did not answer, or answered with an error. */
  readonly kind: 'busy' | 'down';
  readonly message: string;
  /** Monotonic. */
  readonly nowMs: number;
  /** For how long the server has been at the oldest call in flight; 0 when there is none. */
  readonly oldestCallMs?: number;
}

/** A server that has been at one call for long may be about to answer it while it refuses others: it gets so many times the patience. */
const LONG_CALL_FACTOR = 3;

/**
 * Whether a server is still worth sending to. Pure: the caller passes the time. Open means: only probes until one succeeds.
 *
 * Two clocks run: one since the last sign of life, which a successful probe or a 429 is, and one since the last answer to a call, which only an
 * answer ends. A server that says it is well and answers nothing would otherwise be asked for ever.
 */
export class Circuit {
  readonly #openAfter: number;
  readonly #goneAfterMs: number;
  readonly #uselessAfterMs: number;
  /** Since the last answer. */
  #failures = 0;
  #refusals = 0;
  #failingSinceMs = 0;
  /** Since the last answer or successful probe: a server that took long to come back is not judged by its first failure. */
  #failuresSinceProbe = 0;
  /** Since the last sign of life. */
  #silences = 0;
  #silentSinceMs = 0;
  #lastMessage = '';
  #state: CircuitState = 'closed';

  constructor(options: CircuitOptions = {}) {
    this.#openAfter = options.openAfter ?? 5;
    this.#goneAfterMs = options.goneAfterMs ?? 60_000;
    this.#uselessAfterMs = options.uselessAfterMs ?? 5 * 60_000;
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
    const seconds = Math.round((nowMs - this.#failingSinceMs) / 1000);
    const refusals = this.#refusals === this.#failures ? 'rate-limited by the server, ' : '';
    return `${refusals}no answer for ${seconds} s (${this.#failures} failures in a row): ${this.#lastMessage}`;
  }

  /** A call was answered. */
  answered(): void {
    this.#failures = 0;
    this.#refusals = 0;
    this.#failuresSinceProbe = 0;
    this.#silences = 0;
  }

  /** The server says that it is well: calls may be tried again. */
  probed(): void {
    this.#failuresSinceProbe = 0;
    this.#silences = 0;
    if (this.#state === 'open') this.#state = 'closed';
  }

  failed({kind, message, nowMs, oldestCallMs = 0}: FailedCall): CircuitState {
    if (this.#failures === 0) this.#failingSinceMs = nowMs;
    this.#failures++;
    this.#failuresSinceProbe++;
    this.#lastMessage = message;
    if (kind === 'busy') {
      this.#refusals++;
      this.#silences = 0;
    } else {
      if (this.#silences === 0) this.#silentSinceMs = nowMs;
      this.#silences++;
    }
    if (this.#isSilent(nowMs) || this.#isUseless(nowMs, oldestCallMs)) this.#state = 'gone';
    else if (this.#state === 'closed' && this.#silences >= this.#openAfter) this.#state = 'open';
    return this.#state;
  }

  #isSilent(nowMs: number): boolean {
    return this.#silences >= this.#openAfter && nowMs - this.#silentSinceMs >= this.#goneAfterMs;
  }

  #isUseless(nowMs: number, oldestCallMs: number): boolean {
    const patienceMs = this.#uselessAfterMs * (oldestCallMs >= this.#uselessAfterMs / 2 ? LONG_CALL_FACTOR : 1);
    return this.#failuresSinceProbe >= this.#openAfter && nowMs - this.#failingSinceMs >= patienceMs;
  }
}
