import {sleepUnlessAborted, type Clock} from '../../core/clock.ts';
import {AutoLimit} from '../../schedule/auto-limit.ts';
import {AUTO_LIMIT, autoCeiling, type ServedModel} from './served-model.ts';

export interface ModelLimitOptions {
  readonly clock: Clock;
  /** Ends the steering. */
  readonly signal: AbortSignal;
  readonly inFlight: () => number;
  readonly onLimit: (limit: number) => void;
}

/** Limit of a model that has answered nothing yet: enough calls to show whether it refuses them all. */
const UNPROVEN_LIMIT = 16;
/** A refusal comes at once; a model that is silent for so long is at work. */
const UNPROVEN_MS = 5_000;

const LOAD_INTERVAL_MS = 1_000;

/** Limits the calls that one model gets at once: a fixed number, or one steered by its server's load and answers. */
export class ModelLimit {
  readonly #model: ServedModel;
  readonly #options: ModelLimitOptions;
  readonly #auto: AutoLimit | null;
  #isProven = false;
  /** Calls answered since the last look at the load, with the sum of their latencies, and calls refused for load. */
  #answered = 0;
  #answeredMs = 0;
  #refused = 0;
  /** Time at which a time-out last lowered the limit. */
  #loweredMs = -Infinity;
  #preemptions: number | null = null;

  constructor(model: ServedModel, options: ModelLimitOptions) {
    this.#model = model;
    this.#options = options;
    this.#auto =
      model.limit === 'auto'
        ? new AutoLimit({start: AUTO_LIMIT.start, min: 1, max: autoCeiling(model.definition)})
        : null;
  }

  get current(): number {
    const limit = this.#auto?.limit ?? (this.#model.limit as number);
    return this.#isProven ? limit : Math.min(limit, UNPROVEN_LIMIT);
  }

  /** Follows the server's load until the signal aborts; resolves at once for a fixed limit. */
  async steer(): Promise<void> {
    const {clock, signal, inFlight: countInFlight, onLimit} = this.#options;
    if (!this.#auto) return;
    while (await sleepUnlessAborted(clock, LOAD_INTERVAL_MS, signal)) {
      const before = this.#auto.limit;
      const inFlight = countInFlight();
      const load = (await this.#model.backend.load?.(signal)) ?? null;
      if (load) {
        const total = load.preemptionsTotal;
        const preemptions = total === null || this.#preemptions === null ? 0 : Math.max(0, total - this.#preemptions);
        this.#preemptions = total;
        const {running, waiting, kvCacheUse, kvCapacitySequences: kvCapacity} = load;
        this.#auto.update({kind: 'server-load', running, waiting, kvCacheUse, preemptions, kvCapacity}, inFlight);
      } else {
        const latencyMs = this.#answered === 0 ? null : this.#answeredMs / this.#answered;
        this.#auto.update({kind: 'answers', answered: this.#answered, refused: this.#refused, latencyMs}, inFlight);
      }
      this.#answered = 0;
      this.#answeredMs = 0;
      this.#refused = 0;
      if (this.#auto.limit !== before) onLimit(this.current);
    }
  }

  /** Raises the limit of a model whose first call is out and is not refused for a while. */
  async proveByTime(): Promise<void> {
    if (await sleepUnlessAborted(this.#options.clock, UNPROVEN_MS, this.#options.signal)) this.#prove();
  }

  answered(latencyMs: number): void {
    this.#answered++;
    this.#answeredMs += latencyMs;
    this.#prove();
  }

  /** Counts a call that the server refused because it had too much to do. */
  refused(): void {
    this.#refused++;
  }

  /** Lowers the limit before the slot of a call that timed out is free again; once for all that were out together. */
  timedOut(sentMs: number): void {
    const {clock, inFlight, onLimit} = this.#options;
    if (!this.#auto || sentMs <= this.#loweredMs) return;
    this.#auto.update({kind: 'answers', answered: 0, refused: 0, timedOut: 1}, inFlight());
    this.#loweredMs = clock.monotonic();
    onLimit(this.current);
  }

  #prove(): void {
    if (this.#isProven) return;
    this.#isProven = true;
    this.#options.onLimit(this.current);
  }
}
