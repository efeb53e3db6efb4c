/** Fewest answers whose mean is worth comparing. */
const MIN_ANSWERS = 8;

/** Smallest ratio of two limits that are compared: the noise of latencies hides the effect of smaller steps. */
const MIN_LIMIT_RATIO = 1.4;

/**
 * Largest share of a growth of the limit that may show as latency: 1 is a queue that only got longer, 0 a server that
 * did not notice. With continuous batching the latency grows with the batch too; at 0.8 such a server gives four fifths
 * of what it ever could.
 */
const MAX_GRADIENT = 0.8;

/** Rounds after which growth is tried again; doubled each time it was in vain. */
const INITIAL_COOLDOWN = 8;
const MAX_COOLDOWN = 128;

interface Measured {
  readonly limit: number;
  readonly latencyMs: number;
}

/**
 * Watches what growth of a limit does to the latency of answers. By Little's law the requests at a server are its
 * throughput times their latency: where the latency grows as the limit does, the throughput did not grow, and the
 * additional requests only wait at the server instead of here. Pure.
 */
export class AnswerRounds {
  #answers = 0;
  #sumMs = 0;
  /** Limit under which the requests of this round were sent: the one before the last change. */
  #sentUnder: number | null = null;
  #base: Measured | null = null;
  #cooldown = 0;
  #nextCooldown = INITIAL_COOLDOWN;

  /**
   * Adds answers.
   *
   * @returns null until as many came as the limit allows in flight; then `grow`, `stay`, or a lower limit to go back
   * to, which was as good.
   */
  add(limit: number, answers: number, latencyMs: number | null): 'grow' | 'stay' | number | null {
    this.#answers += answers;
    this.#sumMs += answers * (latencyMs ?? 0);
    if (answers === 0 || this.#answers < limit) return null;
    if (latencyMs === null) return this.#end(limit, 'grow');
    // Small limits need several rounds for a mean.
    if (this.#answers < MIN_ANSWERS) return null;
    const measured = {limit: this.#sentUnder ?? limit, latencyMs: this.#sumMs / this.#answers};
    return this.#end(limit, this.#judge(measured));
  }

  /** Forgets all measurements, after the limit was changed for another reason: nothing is comparable any more. */
  forget(): void {
    this.#answers = 0;
    this.#sumMs = 0;
    this.#sentUnder = null;
    this.#base = null;
  }

  #judge(measured: Measured): 'grow' | 'stay' | number {
    if (this.#cooldown > 0) {
      this.#cooldown--;
      return 'stay';
    }
    const base = this.#base;
    if (!base) {
      this.#base = measured;
      return 'grow';
    }
    const ratio = measured.limit / base.limit;
    if (ratio < MIN_LIMIT_RATIO) return 'grow';
    const gradient = (measured.latencyMs / base.latencyMs - 1) / (ratio - 1);
    if (gradient <= MAX_GRADIENT) {
      this.#base = measured;
      this.#nextCooldown = INITIAL_COOLDOWN;
      return 'grow';
    }
    this.#cooldown = this.#nextCooldown;
    this.#nextCooldown = Math.min(MAX_COOLDOWN, this.#nextCooldown * 2);
    this.#base = null;
    return base.limit;
  }

  #end(limit: number, verdict: 'grow' | 'stay' | number): 'grow' | 'stay' | number {
    this.#answers = 0;
    this.#sumMs = 0;
    this.#sentUnder = limit;
    return verdict;
  }
}
