import type {Random} from '../core/seeds/random.ts';

const FIRST_MS = 500;
const CAP_MS = 30_000;
/** A server that asks for hours does not get them: the circuit breaker decides whether to go on waiting. */
const RETRY_AFTER_CAP_MS = 15 * 60_000;

/** Bounds the time in milliseconds that a server asked to wait. */
export function boundedWait(askedMs: number): number {
  return Math.min(askedMs, RETRY_AFTER_CAP_MS);
}

/**
 * Returns how many milliseconds to wait before repeating a failed call: exponential with full jitter (Brooker,
 * "Exponential Backoff And Jitter", AWS 2015), so that requests that failed together do not come back together. It is
 * never less than the bounded time that the server asked for.
 *
 * @param attempt 0 for the first repetition.
 */
export function retryDelayMs(options: {
  readonly attempt: number;
  readonly random: Random;
  readonly retryAfterMs?: number;
}): number {
  const ceiling = Math.min(CAP_MS, FIRST_MS * 2 ** Math.min(options.attempt, 30));
  const jittered = options.random() * ceiling;
  const asked = boundedWait(options.retryAfterMs ?? 0);
  return asked > 0 ? asked + options.random() * FIRST_MS : jittered;
}
