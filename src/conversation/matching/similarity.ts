/**
 * Returns Python's `difflib.SequenceMatcher(None, a, b).ratio()`, junk heuristic included: 2·M/T, M the characters in
 * the blocks that match, T the characters of both, counted in code points. Source: the behaviour of CPython 3.11's
 * difflib (Ratcliff and Obershelp's "gestalt pattern matching", 1988).
 *
 * Asymmetric: where `b` has 200 code points or more, those that occur in more than 1 % of it do not start a block.
 */
export function sequenceRatio(textA: string, textB: string): number {
  const a = codePoints(textA);
  const b = codePoints(textB);
  const total = a.length + b.length;
  return total === 0 ? 1 : (2 * matchedCharacters(a, b)) / total;
}

function codePoints(text: string): readonly number[] {
  return Array.from(text, char => char.codePointAt(0) ?? 0);
}

function matchedCharacters(a: readonly number[], b: readonly number[]): number {
  const finder = new BlockFinder(a, b);
  let matched = 0;
  const stack: Span[] = [[0, a.length, 0, b.length]];
  for (let span = stack.pop(); span; span = stack.pop()) {
    const [aStart, aEnd, bStart, bEnd] = span;
    const block = finder.longest(span);
    if (block.size === 0) continue;
    matched += block.size;
    if (aStart < block.a && bStart < block.b) stack.push([aStart, block.a, bStart, block.b]);
    if (block.a + block.size < aEnd && block.b + block.size < bEnd) {
      stack.push([block.a + block.size, aEnd, block.b + block.size, bEnd]);
    }
  }
  return matched;
}

/** From and to (exclusive) in `a`, from and to in `b`. */
type Span = readonly [number, number, number, number];

interface Block {
  a: number;
  b: number;
  size: number;
}

const AUTOJUNK_LENGTH = 200;

/** Returns the positions of each character in `b`, popular ones of long texts left out. */
function seedPositions(b: readonly number[]): Map<number, number[]> {
  const positions = new Map<number, number[]>();
  for (const [i, char] of b.entries()) {
    const list = positions.get(char);
    if (list) list.push(i);
    else positions.set(char, [i]);
  }
  if (b.length >= AUTOJUNK_LENGTH) {
    const popular = Math.floor(b.length / 100) + 1;
    for (const [char, list] of positions) if (list.length > popular) positions.delete(char);
  }
  return positions;
}

class BlockFinder {
  readonly #a: readonly number[];
  readonly #b: readonly number[];
  readonly #seeds: ReadonlyMap<number, readonly number[]>;
  /** At j + 1: the length of the block that ends at j in `b`, and with which row of `a` it was found. */
  readonly #lengths: Int32Array;
  readonly #rows: Int32Array;

  constructor(a: readonly number[], b: readonly number[]) {
    this.#a = a;
    this.#b = b;
    this.#seeds = seedPositions(b);
    this.#lengths = new Int32Array(b.length + 1);
    this.#rows = new Int32Array(b.length + 1);
  }

  /**
   * Returns the longest common block inside a span: the earliest in `a`, then the earliest in `b`; grown over
   * characters that are no seeds.
   */
  longest(span: Span): Block {
    const [aStart, aEnd, bStart, bEnd] = span;
    const best: Block = {a: aStart, b: bStart, size: 0};
    this.#rows.fill(-2, bStart, bEnd + 1); // the row before the first is -1
    for (let i = aStart; i < aEnd; i++) this.#extend(best, i, bStart, bEnd);
    return this.#grown(best, span);
  }

  #extend(best: Block, i: number, bStart: number, bEnd: number): void {
    const positions = this.#seeds.get(this.#a[i] ?? -1) ?? [];
    // From the end, so that the previous row can be overwritten while it is read.
    for (let n = positions.length - 1; n >= 0; n--) {
      const j = positions[n] ?? 0;
      if (j >= bEnd) continue;
      if (j < bStart) return;
      const size = (j > bStart && this.#rows[j] === i - 1 ? (this.#lengths[j] ?? 0) : 0) + 1;
      this.#lengths[j + 1] = size;
      this.#rows[j + 1] = i;
      const sameRow = best.size > 0 && best.a + best.size - 1 === i;
      if (size > best.size || (size === best.size && sameRow)) {
        best.a = i - size + 1;
        best.b = j - size + 1;
        best.size = size;
      }
    }
  }

  #grown({a, b, size}: Block, [aStart, aEnd, bStart, bEnd]: Span): Block {
    while (a > aStart && b > bStart && this.#a[a - 1] === this.#b[b - 1]) {
      a--;
      b--;
      size++;
    }
    while (a + size < aEnd && b + size < bEnd && this.#a[a + size] === this.#b[b + size]) size++;
    return {a, b, size};
  }
}

/**
 * Counts the slips of the pen between two texts: letters left out, added, changed, or two neighbours swapped (optimal
 * string alignment distance). Counts UTF-16 units. Time is the product of the lengths.
 */
export function editDistance(a: string, b: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({length: b.length + 1}, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a.charCodeAt(i - 1) === b.charCodeAt(j - 1);
      let slips = Math.min(at(previous, j) + 1, at(row, j - 1) + 1, at(previous, j - 1) + (same ? 0 : 1));
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) slips = Math.min(slips, at(beforePrevious, j - 2) + 1);
      row.push(slips);
    }
    beforePrevious = previous;
    previous = row;
  }
  return at(previous, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? 0;
}
