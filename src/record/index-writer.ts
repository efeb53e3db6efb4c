import type {Clock} from '../core/clock.ts';
import type {IndexRecord} from './formats.ts';
import {appendIndexRecords} from './index-file.ts';

/** Index lines of one instant wait this long for company: one lock and one sync then serve all tasks of the process. */
const GATHER_MS = 250;

interface Batch {
  readonly records: IndexRecord[];
  readonly done: Promise<void>;
}

/** Appends index lines for all tasks of this process, gathered per index file. */
export class IndexWriter {
  readonly #clock: Clock;
  readonly #gathering = new Map<string, Batch>();
  readonly #writing = new Map<string, Promise<void>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves once the records are in the file. @throws UserError `cannot-write`, `lock-timeout`. */
  add(path: string, records: readonly IndexRecord[]): Promise<void> {
    let batch = this.#gathering.get(path);
    if (!batch) {
      const list: IndexRecord[] = [];
      batch = {records: list, done: this.#write(path, list)};
      this.#gathering.set(path, batch);
    }
    batch.records.push(...records);
    return batch.done;
  }

  async #write(path: string, records: IndexRecord[]): Promise<void> {
    await this.#clock.sleep(GATHER_MS);
    // One append at a time and file; meanwhile the next batch gathers.
    await this.#writing.get(path)?.catch(() => undefined);
    this.#gathering.delete(path);
    const writing = appendIndexRecords(path, records);
    this.#writing.set(path, writing);
    await writing;
  }
}
