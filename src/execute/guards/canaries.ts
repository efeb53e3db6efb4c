/**
 * The first conversations of a task, which run before the rest. When all of them fail, the rest would too, and is not
 * sent. One that gives a result, which a refusal may be, lets the rest follow.
 */
export class Canaries {
  readonly #count: number;
  #opened = 0;
  #ended = 0;
  readonly #failures: string[] = [];

  /** @param wanted number of canaries; there are none where no other question would be left. */
  constructor(wanted: number, questions: number) {
    this.#count = wanted < questions ? wanted : 0;
  }

  /** Returns whether the task has any. */
  get exist(): boolean {
    return this.#count > 0;
  }

  /** Returns how many more may be opened. */
  get unopened(): number {
    return this.#count - this.#opened;
  }

  /** Returns whether all of them ended. */
  get areOver(): boolean {
    return this.#ended >= this.#count;
  }

  opened(): void {
    this.#opened = Math.min(this.#count, this.#opened + 1);
  }

  /** @param failure why the conversation failed; null when it gave a result. */
  ended(failure: string | null): void {
    if (this.#ended >= this.#count) return;
    this.#ended++;
    if (failure !== null) this.#failures.push(failure);
  }

  /** Returns why the rest must not be sent; null as long as it may be. */
  get verdict(): string | null {
    if (!this.exist || this.#failures.length < this.#count) return null;
    const reasons = [...new Set(this.#failures)].join('; ');
    return `its first ${this.#count} conversations (canary) all failed, so that the rest was not sent: ${reasons}`;
  }
}
