/** What a circuit makes of a failure: go on, stop sending for a while, or give the server up. */
export type CircuitState = 'closed' | 'open' | 'gone';

export interface CircuitOptions {
  /** Failures in a row, with no answer between them, that open it. */
  readonly openAfter?: number;
  /** Without an answer for this long while failing, the server is gone. */
  readonly goneAfterMs?: number;
  /** The same for a server that says it is busy (429): it lives, so it gets longer. */
  readonly busyGoneAfterMs?: number;
}

/**
 * Whether a server is still worth sending to. Pure: the caller passes the time. Open means: only probes until one succeeds.
 */
export class Circuit {
  readonly #openAfter: number;
  readonly #goneAfterMs: number;
  readonly #busyGoneAfterMs: number;
  #failures = 0;
  #firstFailureMs = 0;
  #busy = true;
  #lastMessage = '';
  #state: CircuitState = 'closed';

  constructor(options: CircuitOptions = {}) {
    this.#openAfter = options.openAfter ?? 5;
    this.#goneAfterMs = options.goneAfterMs ?? 60_000;
    this.#busyGoneAfterMs = options.busyGoneAfterMs ?? 15 * 60_000;
  }

  get state(): CircuitState {
    return this.#state;
  }

  /** Why it is open or gone, in a sentence. */
  reason(nowMs: number): string {
    const seconds = Math.round((nowMs - this.#firstFailureMs) / 1000);
    return `no answer for ${seconds} s (${this.#failures} failures in a row): ${this.#lastMessage}`;
  }

  succeeded(): void {
    this.#failures = 0;
    this.#busy = true;
    if (this.#state === 'open') this.#state = 'closed';
  }

  /**
   * @param kind `busy`: the server answered that it has too much to do; `down`: it did not answer, or answered with an error.
   * @param nowMs monotonic milliseconds.
   */
  failed(kind: 'busy' | 'down', message: string, nowMs: number): CircuitState {
    if (this.#failures === 0) this.#firstFailureMs = nowMs;
    this.#failures++;
    this.#lastMessage = message;
    if (kind === 'down') this.#busy = false;
    const patienceMs = this.#busy ? this.#busyGoneAfterMs : this.#goneAfterMs;
    if (this.#failures >= this.#openAfter && nowMs - this.#firstFailureMs >= patienceMs) this.#state = 'gone';
    else if (this.#state === 'closed' && this.#failures >= this.#openAfter && !this.#busy) this.#state = 'open';
    return this.#state;
  }
}
