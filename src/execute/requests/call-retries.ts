import type {ChatFailure, FailureReason} from '../../backend/backend.ts';
import {sleepUnlessAborted, type Clock} from '../../core/clock.ts';
import type {Random} from '../../core/seeds/random.ts';
import {retryDelayMs} from '../../schedule/retry-delay.ts';
import type {ModelGate} from './model-gate.ts';

export interface FailedAttempt {
  readonly speaker: {readonly repeatsCalls: boolean};
  /** Number of calls of the turn that failed before this one. */
  readonly callAttempt: number;
}

/** Decides which failed calls are repeated, and waits until they may be. */
export class CallRetries {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #stopped: AbortSignal;
  /** Calls that wait to be repeated. */
  waiting = 0;

  /** @param stopped ends the waiting. */
  constructor(options: {clock: Clock; random: Random; stopped: AbortSignal}) {
    this.#clock = options.clock;
    this.#random = options.random;
    this.#stopped = options.stopped;
  }

  /**
   * Returns whether a call is worth repeating. Calls that a server refused for being busy, away, dead or not yet ready
   * say nothing about the request: they are repeated until the circuit gives the server up. Others count against
   * `max_retries`.
   */
  mayRetry({speaker, callAttempt}: FailedAttempt, {model}: ModelGate, failure: ChatFailure): boolean {
    if (!failure.retryable || !speaker.repeatsCalls || model.maxRetries === 0) return false;
    return SERVER_SIDE_REASONS.has(failure.reason) || callAttempt < model.maxRetries;
  }

  /**
   * Repeats a call when it may be. When the run is stopped meanwhile it does not: the question stays null.
   *
   * @param repeat queues the call, in the step in which it stops waiting: a gate never looks idle in between.
   */
  async repeatLater(
    {callAttempt}: FailedAttempt,
    gate: ModelGate,
    {retryAfterMs}: ChatFailure,
    repeat: () => void,
  ): Promise<void> {
    const delayMs = retryDelayMs({
      attempt: callAttempt,
      random: this.#random,
      ...(retryAfterMs === undefined ? {} : {retryAfterMs}),
    });
    this.waiting++;
    gate.retryScheduled();
    const isDue = await sleepUnlessAborted(this.#clock, delayMs, this.#stopped);
    this.waiting--;
    gate.retryStarted();
    if (isDue) repeat();
  }
}

/** Failures that say nothing about the request. */
const SERVER_SIDE_REASONS: ReadonlySet<FailureReason> = new Set([
  'unreachable',
  'rate-limited',
  'engine-dead',
  'loading',
]);
