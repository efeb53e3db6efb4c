/** A place in the queue or in a slot. */
export interface Ticket {
  state: 'waiting' | 'running' | 'left';
  readonly start: () => void;
}

/**
 * Sequences that run at once, up to a limit, and behind them a line that is served first come, first served, like
 * vLLM's.
 */
export class SequenceQueue {
  readonly #slots: number;
  /** Tickets in order of arrival from `#head` on; those that left stay until their turn. */
  #line: Ticket[] = [];
  #head = 0;
  #waiting = 0;
  #running = 0;
  #isStarting = false;

  constructor(slots: number) {
    this.#slots = slots;
  }

  get running(): number {
    return this.#running;
  }

  get waiting(): number {
    return this.#waiting;
  }

  /** @param start is called once a slot is free, perhaps at once; the slot is held until `leave`. */
  enter(start: () => void): Ticket {
    const ticket: Ticket = {state: 'waiting', start};
    this.#line.push(ticket);
    this.#waiting++;
    this.#startNext();
    return ticket;
  }

  /** Gives back the slot, or the place in the line. Idempotent. */
  leave(ticket: Ticket): void {
    if (ticket.state === 'waiting') this.#waiting--;
    if (ticket.state === 'running') this.#running--;
    ticket.state = 'left';
    this.#startNext();
  }

  /** A loop, not a recursion: a sequence that is over at once leaves while it is being started. */
  #startNext(): void {
    if (this.#isStarting) return;
    this.#isStarting = true;
    while (this.#running < this.#slots && this.#head < this.#line.length) {
      const ticket = this.#line[this.#head];
      this.#head++;
      if (ticket?.state !== 'waiting') continue;
      ticket.state = 'running';
      this.#waiting--;
      this.#running++;
      ticket.start();
    }
    this.#isStarting = false;
    this.#compactLine();
  }

  /** Now and then, so that it costs O(1) a ticket. */
  #compactLine(): void {
    if (this.#head < 1024 || this.#head * 2 < this.#line.length) return;
    this.#line = this.#line.slice(this.#head);
    this.#head = 0;
  }
}
