/**
 * The first conversations of a task, which go before the rest: when all of them fail, so would the rest, and it is not
 * sent. An answer of any of them, a refusal that is data included, lets the rest follow.
 */
export class Canaries {
  readonly #count: number;
  #opened = 0;
  #ended = 0;
  readonly #failures: string[] = [];

  /** @param wanted of a task with so many questions; none where no question would be left to go after them. */
  constructor(wanted: number, questions: number) {
    this.#count = wanted < questions ? wanted : 0;
  }

  /** Whether the task has any. */
  get exist(): boolean {
    return this.#count > 0;
  }

  /** Conversations that may be opened before it is known how these end. */
  get unopened(): number {
    return this.#count - this.#opened;
  }

  /** All of them ended. */
  get areOver(): boolean {
    return this.#ended >= this.#count;
  }

  opened(): void {
    this.#opened = Math.min(this.#count, this.#opened + 1);
  }

  /** @param failure why the conversation failed; null when it gave a datum. */
  ended(failure: string | null): void {
    if (this.#ended >= this.#count) return;
    this.#ended++;
    if (failure !== null) this.#failures.push(failure);
  }

  /** Why the rest is not to be sent; null as long as it may be. */
  get verdict(): string | null {
    if (!this.exist || this.#failures.length < this.#count) return null;
    const reasons = [...new Set(this.#failures)].join('; ');
    return `its first ${this.#count} conversations (canary) all failed, so that the rest was not sent: ${reasons}`;
  }
}
