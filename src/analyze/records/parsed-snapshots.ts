import type {TaskConfig} from '../../core/task-config.ts';
import type {CacheKey, ResultsCache} from '../cache/results-cache.ts';

interface ParsedSnapshot {
  readonly id: string;
  readonly sha256: string;
  readonly config: unknown;
}

/** Snapshots as values, by the hash of their text. */
export class ParsedSnapshots {
  static readonly #KEY: CacheKey = {kind: 'snapshots', name: ''};
  readonly #cache: ResultsCache | undefined;
  readonly #read = new Map<string, ParsedSnapshot>();
  readonly #kept: ParsedSnapshot[] = [];
  #isNew = false;

  constructor(cache?: ResultsCache) {
    this.#cache = cache;
  }

  static async open(cache: ResultsCache | undefined): Promise<ParsedSnapshots> {
    const snapshots = new ParsedSnapshots(cache);
    const lines = await cache?.read(ParsedSnapshots.#KEY);
    for (let i = 1; i < (lines?.length ?? 0); i++) {
      const snapshot = lines?.at(i)?.value as ParsedSnapshot | undefined;
      if (snapshot) snapshots.#read.set(snapshot.id, snapshot);
    }
    return snapshots;
  }

  get(id: string, hash: string): unknown {
    const snapshot = this.#read.get(id);
    return snapshot?.sha256 === hash ? snapshot.config : undefined;
  }

  keep(id: string, hash: string, config: TaskConfig): void {
    if (this.get(id, hash) === undefined) this.#isNew = true;
    this.#kept.push({id, sha256: hash, config});
  }

  /** Keeps those of the tasks that there are. */
  async save(): Promise<void> {
    if (!this.#isNew) return;
    await this.#cache?.write(
      ParsedSnapshots.#KEY,
      this.#kept.map(snapshot => JSON.stringify(snapshot)),
    );
  }
}
