import {sha256} from '../../core/seeds/hash.ts';

const CHECKSUM_LENGTH = 16;
const NEWLINE = 0x0a;
const TAB = 0x09;

/** One record of a cache file: `checksum TAB JSON`. */
export interface CacheLine {
  readonly checksum: string;
  readonly json: Buffer;
  /** Parsed on every access. */
  readonly value: unknown;
}

/** @param json without newlines, as JSON.stringify gives it. */
export function computeChecksum(json: string | Uint8Array): string {
  return sha256(json).slice(0, CHECKSUM_LENGTH);
}

export function renderCacheLine(json: string): string {
  return `${computeChecksum(json)}\t${json}\n`;
}

/** Reads a cache file; lines are checked and parsed only when asked for, so reading the head is cheap. */
export class CacheLines {
  readonly #bytes: Buffer;
  readonly #starts: number[] = [];

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    for (let start = 0; start < bytes.length; start = bytes.indexOf(NEWLINE, start) + 1) {
      this.#starts.push(start);
      if (bytes.indexOf(NEWLINE, start) < 0) break;
    }
  }

  get length(): number {
    return this.#starts.length;
  }

  /** Returns undefined for a line that is missing, torn or altered. */
  at(line: number): CacheLine | undefined {
    const start = this.#starts[line];
    if (start === undefined || this.#bytes[start + CHECKSUM_LENGTH] !== TAB) return undefined;
    const end = this.#bytes.indexOf(NEWLINE, start);
    const json = this.#bytes.subarray(start + CHECKSUM_LENGTH + 1, end < 0 ? this.#bytes.length : end);
    const checksum = this.#bytes.toString('latin1', start, start + CHECKSUM_LENGTH);
    if (computeChecksum(json) !== checksum) return undefined;
    return {
      checksum,
      json,
      get value() {
        return JSON.parse(json.toString('utf8')) as unknown;
      },
    };
  }
}
