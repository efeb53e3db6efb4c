import {isPythonSpace} from '../../core/python/python-space.ts';

/** Whatever opens a text. */
export const QUOTES: readonly string[] = ['"', "'", '“', '”'];

const LETTER = /^\p{L}/u;
const ALPHANUMERIC = /^[\p{L}\p{N}]/u;

/** The part of JSON being read: the key or the value of an object's member, or an item of a list. */
export type Place = 'key' | 'value' | 'item';

/** A position in a text, the marks around it, and what is being read there. Offsets count UTF-16 units from it. */
export class TextCursor {
  readonly text: string;
  /** The parts that enclose the position, outermost first. */
  readonly places: Place[] = [];
  at = 0;
  readonly #marks = new Map<string, readonly number[]>();

  constructor(text: string) {
    this.text = text;
  }

  isAtEnd(): boolean {
    return this.at >= this.text.length;
  }

  get place(): Place | undefined {
    return this.places.at(-1);
  }

  /** Returns the character at an offset; '' beyond the ends. */
  char(offset = 0): string {
    return this.text.charAt(this.at + offset);
  }

  isLetter(offset = 0): boolean {
    return LETTER.test(this.#codePoint(offset));
  }

  isAlphanumeric(): boolean {
    return ALPHANUMERIC.test(this.#codePoint(0));
  }

  #codePoint(offset: number): string {
    const code = this.text.codePointAt(this.at + offset);
    return code === undefined ? '' : String.fromCodePoint(code);
  }

  skipSpaces(): void {
    this.at += this.pastSpaces(0);
  }

  /** Returns the first offset from `offset` on that holds no white space. */
  pastSpaces(offset: number): number {
    while (isPythonSpace(this.char(offset))) offset++;
    return offset;
  }

  /**
   * Returns the first offset from `offset` on where `mark` occurs without a backslash before it; the end of the text if
   * there is none. The positions of each mark are collected once, so that a question asked at each comma of a long text
   * stays cheap.
   */
  find(mark: string, offset: number): number {
    const position = this.#findPositions(mark)[this.#countBefore(mark, offset)];
    return Math.max(offset, (position ?? this.text.length) - this.at);
  }

  /** Counts how often `mark` occurs without a backslash before it from one offset up to, not including, another. */
  count(mark: string, from: number, to: number): number {
    return Math.max(0, this.#countBefore(mark, to) - this.#countBefore(mark, from));
  }

  #countBefore(mark: string, offset: number): number {
    const positions = this.#findPositions(mark);
    let low = 0;
    let high = positions.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((positions[middle] ?? 0) < this.at + offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #findPositions(mark: string): readonly number[] {
    const known = this.#marks.get(mark);
    if (known) return known;
    const positions: number[] = [];
    for (let i = this.text.indexOf(mark); i >= 0; i = this.text.indexOf(mark, i + 1)) {
      if (!this.#isEscaped(i)) positions.push(i);
    }
    this.#marks.set(mark, positions);
    return positions;
  }

  #isEscaped(position: number): boolean {
    let backslashes = 0;
    while (this.text.charAt(position - 1 - backslashes) === '\\') backslashes++;
    return backslashes % 2 === 1;
  }
}
