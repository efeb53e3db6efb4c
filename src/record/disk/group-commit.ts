/** Items wait this long for company before they are committed together. */
const BATCH_WINDOW_MS = 50;
const MAX_BATCH_SIZE = 256;

export interface GroupCommitOptions<Item> {
  /** Makes a group durable; groups come one after another. */
  readonly commit: (items: readonly Item[]) => Promise<void>;
  /** Work that follows a commit and that nobody who handed an item in has to wait for; the next group does. */
  readonly afterCommit: () => Promise<void>;
}

interface Waiting<Item> {
  readonly item: Item;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Gathers items that are to be made durable, so that one sync serves many. After one failure every later call fails
 * too, because nothing may be recorded out of order.
 */
export class GroupCommit<Item> {
  readonly #options: GroupCommitOptions<Item>;
  #waiting: Waiting<Item>[] = [];
  #timer: NodeJS.Timeout | null = null;
  #committing: Promise<void> | null = null;
  #failure: unknown = null;

  constructor(options: GroupCommitOptions<Item>) {
    this.#options = options;
  }

  /** Resolves when the item is durable. @throws what a commit failed with, this one or an earlier one. */
  async add(item: Item): Promise<void> {
    this.throwIfFailed();
    await new Promise<void>((resolve, reject) => {
      this.#waiting.push({item, resolve, reject});
      if (this.#waiting.length >= MAX_BATCH_SIZE) this.#startCommit();
      else this.#startSoon();
    });
  }

  /** Fails the commits for something that belongs to them and failed elsewhere. The first failure counts. */
  fail(error: unknown): void {
    this.#failure ??= error;
  }

  throwIfFailed(): void {
    if (this.#failure !== null) throw this.#failure as Error;
  }

  /** Waits until every item that was handed in is committed or has failed. */
  async drain(): Promise<void> {
    while (this.#waiting.length > 0 || this.#committing) {
      this.#startCommit();
      await this.#committing;
    }
  }

  #startSoon(): void {
    this.#timer ??= setTimeout(() => this.#startCommit(), BATCH_WINDOW_MS);
  }

  #startCommit(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#committing || this.#waiting.length === 0) return;
    this.#committing = this.#commit().finally(() => {
      this.#committing = null;
      if (this.#waiting.length > 0) this.#startSoon();
    });
  }

  async #commit(): Promise<void> {
    const group = this.#waiting;
    this.#waiting = [];
    try {
      this.throwIfFailed();
      await this.#options.commit(group.map(({item}) => item));
      for (const {resolve} of group) resolve();
      await this.#options.afterCommit();
    } catch (error) {
      this.fail(error);
      for (const {reject} of group) reject(error);
    }
  }
}
