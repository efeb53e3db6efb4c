import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {createHash} from 'node:crypto';
import {readdirSync, readFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';

import {errorMessage} from '../../core/errors.ts';
import {sha256} from '../../core/seeds/hash.ts';
import {writeFileAtomic} from '../../record/disk/atomic-file.ts';
import type {Layout} from '../../record/layout.ts';
import {CacheLines, renderCacheLine} from './cache-lines.ts';

const SCHEMA = 'mac.results-cache/1';

/** Identifies a cache file. */
export interface CacheKey {
  readonly kind: 'index' | 'snapshots' | 'task' | 'cells';
  /** Distinguishes files of one kind; hashed, it becomes the file's name. */
  readonly name: string;
}

export interface CacheOptions {
  /** False: ignores what is cached and computes everything again. */
  readonly isRead?: boolean;
  /** Called once when the cache cannot be written. */
  readonly onUnwritable?: (message: string) => void;
}

/**
 * Keeps what was computed from records beside them. Every file can be recomputed: it may be deleted at any time, a
 * damaged one or one made by other code is ignored, and where nothing can be written everything works without.
 *
 * A file's first line says what it is; readers get the lines behind it.
 */
export class ResultsCache {
  readonly #folder: string;
  readonly #isRead: boolean;
  readonly #onUnwritable: (message: string) => void;
  #isWritable = true;

  constructor(layout: Layout, {isRead = true, onUnwritable = () => undefined}: CacheOptions = {}) {
    this.#folder = layout.resultsCache;
    this.#isRead = isRead;
    this.#onUnwritable = onUnwritable;
  }

  /** Returns the lines behind the first; undefined when there is no usable file. */
  async read(key: CacheKey): Promise<CacheLines | undefined> {
    if (!this.#isRead) return undefined;
    let lines: CacheLines;
    try {
      lines = new CacheLines(await readFile(this.#path(key)));
    } catch {
      return undefined; // unusable for any reason: it can be made again
    }
    return lines.at(0)?.json.toString() === JSON.stringify(buildHead(key)) ? lines : undefined;
  }

  /** Writes a file. Of two concurrent writers the later wins: either file is whole. */
  async write(key: CacheKey, records: Iterable<string>): Promise<void> {
    if (!this.#isWritable) return;
    try {
      // Not synced: after a power failure the checksum does not match, and the file is written again.
      await writeFileAtomic(this.#path(key), batchLines(JSON.stringify(buildHead(key)), records), {durable: false});
    } catch (error) {
      this.#giveUp(error);
    }
  }

  /** Stops writing and warns once, however many writes fail. */
  #giveUp(error: unknown): void {
    if (this.#isWritable) this.#onUnwritable(errorMessage(error));
    this.#isWritable = false;
  }

  #path({kind, name}: CacheKey): string {
    return join(this.#folder, kind, `${sha256(name).slice(0, 32)}.jsonl`);
  }
}

/** Number of characters gathered before they are written. */
const BATCH_CHARACTERS = 1 << 20;

/** Yields the lines of a file in batches: the results of many cells exceed the longest string. */
function* batchLines(head: string, records: Iterable<string>): Generator<string> {
  let piece = renderCacheLine(head);
  for (const json of records) {
    piece += renderCacheLine(json);
    if (piece.length < BATCH_CHARACTERS) continue;
    yield piece;
    piece = '';
  }
  yield piece;
}

function buildHead({kind, name}: CacheKey): object {
  return {schema: SCHEMA, code: codeFingerprint(), kind, name};
}

/** The rooms whose code affects cached values. */
const ROOMS = ['analyze', 'config', 'core', 'questions', 'record'];

let known: string | undefined;

/**
 * Returns a hash of the code that computes cached values (a few milliseconds, once). A version number would miss every
 * change between releases, and a cache that outlives a corrected formula is a wrong number in a paper.
 */
export function codeFingerprint(): string {
  known ??= fingerprint(fileURLToPath(new URL('../../', import.meta.url)));
  return known;
}

function fingerprint(source: string): string {
  const hash = createHash('sha256');
  for (const room of ROOMS) {
    const files = readdirSync(join(source, room), {recursive: true, encoding: 'utf8'});
    for (const file of files.filter(name => /\.[jt]s$/.test(name)).sort()) {
      hash.update(`${room}/${file}\n`).update(readFileSync(join(source, room, file)));
    }
  }
  return hash.digest('hex').slice(0, 16);
}
