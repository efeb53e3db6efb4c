import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {createHash} from 'node:crypto';
import {readdirSync, readFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';

import {errorMessage} from '../../core/errors.ts';
import {sha256} from '../../core/hash.ts';
import {writeFileAtomic} from '../../record/disk/atomic-file.ts';
import type {Layout} from '../../record/layout.ts';
import {CacheLines, renderCacheLine} from './cache-lines.ts';

const SCHEMA = 'mac.results-cache/1';

/** What a cache file is about: a name of its kind, and what must be equal for it to be of use. */
export interface CacheKey {
  readonly kind: 'index' | 'snapshots' | 'task' | 'cells';
  /** Tells files of one kind apart; becomes the file's name, hashed. */
  readonly name: string;
}

export interface CacheOptions {
  /** False: nothing that is cached is believed, all of it is made anew. */
  readonly isRead?: boolean;
  /** Told once when nothing can be written. */
  readonly onUnwritable?: (message: string) => void;
}

/**
 * What was computed from records, kept beside them so that it need not be computed twice. Every file is a projection:
 * it may be deleted at any time, one that is damaged or was made by other code is as good as none, and where nothing
 * can be written everything works without.
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

  /** The lines behind the first; undefined when there is no such file or it cannot be used. */
  async read(key: CacheKey): Promise<CacheLines | undefined> {
    if (!this.#isRead) return undefined;
    let lines: CacheLines;
    try {
      lines = new CacheLines(await readFile(this.#path(key)));
    } catch {
      return undefined; // whatever is wrong with it: it can be made anew
    }
    return lines.at(0)?.json.toString() === JSON.stringify(buildHead(key)) ? lines : undefined;
  }

  /** Two who write at once write the same, or the later wins: either file is whole. */
  async write(key: CacheKey, records: Iterable<string>): Promise<void> {
    if (!this.#isWritable) return;
    try {
      // Not synced: after a power failure a checksum does not fit, and it is made anew.
      await writeFileAtomic(this.#path(key), batchLines(JSON.stringify(buildHead(key)), records), {durable: false});
    } catch (error) {
      this.#giveUp(error);
    }
  }

  /** Several may fail at once; one word is enough. */
  #giveUp(error: unknown): void {
    if (this.#isWritable) this.#onUnwritable(errorMessage(error));
    this.#isWritable = false;
  }

  #path({kind, name}: CacheKey): string {
    return join(this.#folder, kind, `${sha256(name).slice(0, 32)}.jsonl`);
  }
}

/** As much text as is made before it is written. */
const BATCH_CHARACTERS = 1 << 20;

/** The lines of a file, some at a time: the results of many cells are more than one text can hold. */
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

/** The rooms whose code decides what is computed from records. */
const ROOMS = ['analyze', 'config', 'core', 'questions', 'record'];

let known: string | undefined;

/**
 * Tells versions of the code apart that computes what is cached: a hash of its files (a few milliseconds, once). A
 * version number would miss every change between releases, and a cache that outlives a corrected formula is a wrong
 * number in a paper.
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
