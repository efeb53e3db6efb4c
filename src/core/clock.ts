/** Time as a value, so that tests and the discrete-event simulation can supply their own. */
export interface Clock {
  /** Milliseconds since the Unix epoch; jumps when the machine's clock is set. Only for time stamps. */
  now(): number;
  /** Milliseconds from an arbitrary start; never goes backwards. For durations, time-outs and rates. */
  monotonic(): number;
  /** Resolves after `ms`; rejects with the signal's reason when it aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  // performance.timeOrigin + now() has microseconds, which the JSON time stamps carry, but drifts from a clock that
  // is set while we run; Date.now() follows it.
  // eslint-disable-next-line no-restricted-properties -- the one place that reads the machine's clock
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason as Error);
        return;
      }
      const abort = (): void => {
        clearTimeout(timer);
        reject(signal?.reason as Error);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', abort);
        resolve();
      }, ms);
      signal?.addEventListener('abort', abort, {once: true});
    }),
};

/** Sleeps, shorter where the signal aborts. Returns whether all of the time has passed. */
export async function sleepUnlessAborted(clock: Clock, ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await clock.sleep(ms, signal);
    return true;
  } catch {
    return false;
  }
}
