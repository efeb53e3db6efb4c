import type {Random} from '../core/seeds/random.ts';

const FIRST_MS = 500;
const CAP_MS = 30_000;
/** A server that asks for hours does not get them: the circuit decides whether it is still worth waiting. */
const RETRY_AFTER_CAP_MS = 15 * 60_000;

/** Returns how much of what a server asks to wait it gets, in milliseconds. */
export function boundedWait(askedMs: number): number {
  return Math.min(askedMs, RETRY_AFTER_CAP_MS);
}

/**
 * How long to wait before repeating a failed call: exponential with full jitter (Brooker, "Exponential Backoff And
 * Jitter", AWS 2015), so that the requests that failed together do not come back together. What the server asked for is
 * the least.
 *
 * @param attempt 0 for the first repetition.
 * @returns milliseconds.
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
