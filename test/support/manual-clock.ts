import type {Clock} from '../../src/core/clock.ts';

interface Sleeper {
  readonly dueMs: number;
  readonly wake: () => void;
}

/** A clock that stands still until a test advances it. */
export class ManualClock implements Clock {
  #nowMs = 0;
  readonly #sleepers = new Set<Sleeper>();

  now(): number {
    return this.#nowMs;
  }

  monotonic(): number {
    return this.#nowMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason as Error);
        return;
      }
      const abort = (): void => {
        this.#sleepers.delete(sleeper);
        reject(signal?.reason as Error);
      };
      const wake = (): void => {
        signal?.removeEventListener('abort', abort);
        resolve();
      };
      const sleeper = {dueMs: this.#nowMs + ms, wake};
      this.#sleepers.add(sleeper);
      signal?.addEventListener('abort', abort, {once: true});
    });
  }

  /** Wakes everybody who is due within `ms`, each at its time, and lets them do what needs no further time. */
  async advance(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms;
    await settlePromises();
    for (;;) {
      const [next] = [...this.#sleepers].sort((a, b) => a.dueMs - b.dueMs);
      if (!next || next.dueMs > endMs) break;
      this.#nowMs = next.dueMs;
      this.#sleepers.delete(next);
      next.wake();
      await settlePromises();
    }
    this.#nowMs = endMs;
  }
}

/** Resolves when every promise that waits for nothing outside has been worked off. */
export function settlePromises(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve));
}
