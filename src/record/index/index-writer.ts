import type {Clock} from '../../core/clock.ts';
import {UserError} from '../../core/errors.ts';
import {appendIndexRecords, type Region, type IndexRecord} from './index-file.ts';

/** Index lines of one instant wait this long for company: one lock and one sync then serve all tasks of the process. */
const BATCH_WINDOW_MS = 250;
/**
 * Multiple of the last append's time: where many executors want the lock, this keeps the time spent on it at a fifth.
 */
const BATCH_WINDOW_PER_APPEND = 4;
const MAX_BATCH_WINDOW_MS = 5_000;
/**
 * Waiting for a lock ends after half a minute. The lines are in journals, so trying again costs only time.
 */
const MAX_TRIES = 6;

interface Batch {
  readonly records: IndexRecord[];
  readonly done: Promise<Region>;
  readonly hurry: AbortController;
}

/** Appends index lines for all tasks of this process, gathered per index file. */
export class IndexWriter {
  readonly #clock: Clock;
  readonly #gathering = new Map<string, Batch>();
  readonly #writing = new Map<string, Promise<Region>>();
  #lastAppendMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Resolves once the records are in the file, with where they should stand. @throws UserError `cannot-write`,
   * `lock-timeout`.
   */
  add(path: string, records: readonly IndexRecord[]): Promise<Region> {
    let batch = this.#gathering.get(path);
    if (!batch) {
      const list: IndexRecord[] = [];
      const hurry = new AbortController();
      batch = {records: list, done: this.#write(path, list, hurry.signal), hurry};
      this.#gathering.set(path, batch);
    }
    batch.records.push(...records);
    return batch.done;
  }

  /** Writes what is gathered as soon as it may be, for a task that waits for its lines. */
  flushSoon(path: string): void {
    this.#gathering.get(path)?.hurry.abort();
  }

  async #write(path: string, records: IndexRecord[], hurry: AbortSignal): Promise<Region> {
    const politeMs = Math.min(MAX_BATCH_WINDOW_MS, BATCH_WINDOW_PER_APPEND * this.#lastAppendMs);
    const leastMs = Math.min(BATCH_WINDOW_MS, politeMs);
    await this.#clock.sleep(leastMs);
    await this.#clock.sleep(Math.max(BATCH_WINDOW_MS, politeMs) - leastMs, hurry).catch(() => undefined);
    // One append at a time and file; meanwhile the next batch gathers.
    await this.#writing.get(path)?.catch(() => undefined);
    this.#gathering.delete(path);
    const writing = this.#append(path, records);
    this.#writing.set(path, writing);
    return await writing;
  }

  async #append(path: string, records: readonly IndexRecord[]): Promise<Region> {
    const startMs = this.#clock.monotonic();
    for (let attempt = 1; ; attempt++) {
      try {
        return await appendIndexRecords(path, records);
      } catch (error) {
        if (!(error instanceof UserError && error.code === 'lock-timeout') || attempt === MAX_TRIES) throw error;
      } finally {
        this.#lastAppendMs = this.#clock.monotonic() - startMs;
      }
    }
  }
}
