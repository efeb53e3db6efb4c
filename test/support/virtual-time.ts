/** Interval at which the client is polled. */
const LOOK_MS = 20;
/** Idle at two looks in a row: what it sent before the first has been read before the second. */
const IDLE_LOOKS = 2;
/** A client that is at work for so long is not waited for: it may be at something that has no end. */
const PATIENCE_MS = 2_000;

interface Pending {
  readonly dueMs: number;
  readonly run: () => void;
}

/**
 * A time that passes only while the client has nothing to do: what it is told at one instant it has worked off before
 * the next, be the machine as slow as it may. So the order of what falls due depends on the delays alone.
 */
export class VirtualTime {
  readonly #isBusy: () => boolean;
  /** Real time between two instants, for somebody who wants to come in between. */
  readonly #paceMs: number;
  readonly #pending: Pending[] = [];
  #nowMs = 0;
  #idleLooks = 0;
  #sinceMs = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @param isBusy whether the client is at work. */
  constructor(isBusy: () => boolean, paceMs = 0) {
    this.#isBusy = isBusy;
    this.#paceMs = paceMs;
  }

  /** Runs something `delayMs` from now; of what is due at one instant, what came first. */
  after(delayMs: number, run: () => void): void {
    this.#pending.push({dueMs: this.#nowMs + delayMs, run});
    this.#beginToLook();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#pending.length = 0;
  }

  #beginToLook(): void {
    this.#idleLooks = 0;
    this.#sinceMs = performance.now();
    this.#timer ??= setInterval(() => this.#look(), LOOK_MS);
  }

  #look(): void {
    const lookedForMs = performance.now() - this.#sinceMs;
    this.#idleLooks = this.#isBusy() ? 0 : this.#idleLooks + 1;
    if (lookedForMs < this.#paceMs || (this.#idleLooks < IDLE_LOOKS && lookedForMs < PATIENCE_MS)) return;
    const next = this.#pending.reduce((first, each) => (each.dueMs < first.dueMs ? each : first));
    this.#pending.splice(this.#pending.indexOf(next), 1);
    this.#nowMs = next.dueMs;
    next.run();
    if (this.#pending.length > 0) this.#beginToLook();
    else this.stop();
  }
}
