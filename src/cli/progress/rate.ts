/**
 * Conversations per second over the last half minute: long enough to be calm, short enough to follow a server that
 * slows down.
 */
export class RateMeter {
  readonly #samples: {readonly atMs: number; readonly count: number}[] = [];
  readonly #windowMs: number;

  constructor(windowMs = 30_000) {
    this.#windowMs = windowMs;
  }

  /** @param count a total that only grows. */
  sample(atMs: number, count: number): void {
    this.#samples.push({atMs, count});
    while (this.#samples.length > 2 && atMs - (this.#samples[0]?.atMs ?? atMs) > this.#windowMs) this.#samples.shift();
  }

  perSecond(): number {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (!first || !last || last.atMs <= first.atMs) return 0;
    return ((last.count - first.count) * 1000) / (last.atMs - first.atMs);
  }
}
