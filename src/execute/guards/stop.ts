/** Reason for which a run stops before its work is done. */
export type StopCause =
  | {readonly kind: 'signal'; readonly signal: 'SIGINT' | 'SIGTERM' | 'SIGUSR2'}
  | {readonly kind: 'fail-fast'; readonly message: string}
  /** Too many conversations failed (`--fail-after`). */
  | {readonly kind: 'fail-after'; readonly message: string}
  | {readonly kind: 'cannot-write'; readonly message: string}
  /** A program that the trials need ended. */
  | {readonly kind: 'service-died'; readonly message: string};

/**
 * Stops a run in two steps: `request` (the first Ctrl-C) ends dispatching and starts the grace period, `expire` aborts
 * what is in flight. Both are idempotent; the first cause counts.
 */
export class StopSwitch {
  readonly #requested = new AbortController();
  readonly #expired = new AbortController();
  #cause: StopCause | null = null;

  request(cause: StopCause): void {
    if (this.#cause) return;
    this.#cause = cause;
    this.#requested.abort();
  }

  expire(): void {
    this.#expired.abort();
  }

  get cause(): StopCause | null {
    return this.#cause;
  }

  /** Aborts when no new request may start any more. */
  get requested(): AbortSignal {
    return this.#requested.signal;
  }

  /** Aborts when requests in flight must end. */
  get expired(): AbortSignal {
    return this.#expired.signal;
  }
}

/** Describes a cause in one sentence, for a task's record and for people. */
export function describeStop(cause: StopCause): string {
  return cause.kind === 'signal' ? `stopped by ${cause.signal}` : cause.message;
}
