import type {CellResult} from './cell-result.ts';
import {computeChecksum, type CacheLine} from '../cache/cache-lines.ts';
import type {CacheKey, ResultsCache} from '../cache/results-cache.ts';

/**
 * The results of one request, cell by cell: what neither its conversations nor its question changed is neither counted
 * nor estimated again.
 */
export class CellCache {
  readonly #cache: ResultsCache | undefined;
  readonly #key: CacheKey;
  readonly #known = new Map<string, CacheLine>();
  readonly #used: (() => string)[] = [];
  #isNew = false;

  private constructor(cache: ResultsCache | undefined, request: unknown) {
    this.#cache = cache;
    this.#key = {kind: 'cells', name: JSON.stringify(request)};
  }

  /** @param request tells requests apart whose cells have other results. */
  static async open(cache: ResultsCache | undefined, request: unknown): Promise<CellCache> {
    const cells = new CellCache(cache, request);
    const lines = await cache?.read(cells.#key);
    for (let i = 1; i + 1 < (lines?.length ?? 0); i += 2) {
      const [key, results] = [lines?.at(i), lines?.at(i + 1)];
      if (key && results) cells.#known.set(key.value as string, results);
    }
    return cells;
  }

  /** @param content of what a cell's results follow from. */
  get(content: unknown): CellResult[] | undefined {
    const key = hashContent(content);
    const line = this.#known.get(key);
    if (!line) return undefined;
    this.#used.push(
      () => JSON.stringify(key),
      () => line.json.toString(),
    );
    return line.value as CellResult[];
  }

  keep(content: unknown, results: readonly CellResult[]): void {
    this.#isNew = true;
    // Not yet: as text the results of some thousand cells take as much memory again.
    this.#used.push(
      () => JSON.stringify(hashContent(content)),
      () => JSON.stringify(results),
    );
  }

  /** Keeps what this request used. */
  async save(): Promise<void> {
    if (!this.#isNew) return;
    await this.#cache?.write(this.#key, this.#renderUsed());
  }

  *#renderUsed(): Generator<string> {
    for (const render of this.#used) yield render();
  }
}

function hashContent(content: unknown): string {
  return computeChecksum(JSON.stringify(content));
}
