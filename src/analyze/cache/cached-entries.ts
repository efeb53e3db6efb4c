import type {CacheLine} from './cache-lines.ts';
import type {CacheKey, ResultsCache} from './results-cache.ts';

/** Caches values by key in one file, two lines for each. Saving drops entries that were not used. */
export class CachedEntries<Value> {
  readonly #cache: ResultsCache | undefined;
  readonly #file: CacheKey;
  readonly #known = new Map<string, CacheLine>();
  /** By key, what renders the value: as text, thousands of large values would take as much memory again. */
  readonly #used = new Map<string, () => string>();
  #isNew = false;

  private constructor(cache: ResultsCache | undefined, file: CacheKey) {
    this.#cache = cache;
    this.#file = file;
  }

  /** Reads the entries of a cache file; there are none without a cache. */
  static async open<Value>(cache: ResultsCache | undefined, file: CacheKey): Promise<CachedEntries<Value>> {
    const entries = new CachedEntries<Value>(cache, file);
    const lines = await cache?.read(file);
    for (let i = 1; i + 1 < (lines?.length ?? 0); i += 2) {
      const [key, value] = [lines?.at(i), lines?.at(i + 1)];
      if (key && value) entries.#known.set(key.value as string, value);
    }
    return entries;
  }

  get(key: string): Value | undefined {
    const line = this.#known.get(key);
    if (!line) return undefined;
    this.#used.set(key, () => line.json.toString());
    return line.value as Value;
  }

  keep(key: string, value: Value): void {
    this.#isNew = true;
    this.#used.set(key, () => JSON.stringify(value));
  }

  async save(): Promise<void> {
    if (this.#isNew) await this.#cache?.write(this.#file, this.#renderUsed());
  }

  *#renderUsed(): Generator<string> {
    for (const [key, render] of this.#used) {
      yield JSON.stringify(key);
      yield render();
    }
  }
}
