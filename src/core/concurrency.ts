import PQueue from 'p-queue';

/**
 * Number of files that are opened at once where there may be thousands: a network answers many requests at once faster
 * than one after another, and a process may hold only so many open files.
 */
export const MAX_OPEN_FILES = 64;

/**
 * Does the same to every item, at most `limit` at a time, and returns the results in the order of the items. Rejects
 * with the first failure, as `Promise.all` does; nothing new is started after it.
 */
export async function mapConcurrently<T, U>(
  items: Iterable<T>,
  limit: number,
  work: (item: T, index: number) => Promise<U>,
): Promise<U[]> {
  const queue = new PQueue({concurrency: limit});
  const start = async (item: T, index: number): Promise<U> => {
    try {
      return await work(item, index);
    } catch (error) {
      queue.clear();
      throw error;
    }
  };
  return await Promise.all(Array.from(items, (item, index) => queue.add(() => start(item, index))));
}

/** Runs what has the same key one at a time, in the order it was given. */
export class KeyedQueue {
  readonly #queues = new Map<string, {readonly queue: PQueue; callers: number}>();

  /** Runs `work` after everything given earlier for the key, whether that succeeded or failed. */
  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const own = this.#queues.get(key) ?? {queue: new PQueue({concurrency: 1}), callers: 0};
    this.#queues.set(key, own);
    own.callers++;
    try {
      return await own.queue.add(work);
    } finally {
      own.callers--;
      if (own.callers === 0) this.#queues.delete(key);
    }
  }
}
