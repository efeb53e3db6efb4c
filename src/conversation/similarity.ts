/**
 * Python's `difflib.SequenceMatcher(None, a, b).ratio()`, junk heuristic included: 2·M/T, M the characters in the blocks that match, T the
 * characters of both, counted in code points. Source: the behaviour of CPython 3.11's difflib (Ratcliff and Obershelp's "gestalt pattern matching", 1988).
 *
 * Asymmetric: where `b` has 200 code points or more, those that occur in more than 1 % of it do not start a block.
 */
export function sequenceRatio(textA: string, textB: string): number {
  const a = Array.from(textA);
  const b = Array.from(textB);
  const total = a.length + b.length;
  return total === 0 ? 1 : (2 * matchedCharacters(a, b)) / total;
}

/** The ratio can be no higher: the share of characters that both have at all, in any order (difflib's `quick_ratio`). */
export function ratioUpperBound(textA: string, textB: string): number {
  const available = new Map<string, number>();
  let lengthA = 0;
  let lengthB = 0;
  let common = 0;
  for (const char of textB) {
    available.set(char, (available.get(char) ?? 0) + 1);
    lengthB++;
  }
  for (const char of textA) {
    lengthA++;
    const left = available.get(char) ?? 0;
    if (left > 0) common++;
    available.set(char, left - 1);
  }
  const total = lengthA + lengthB;
  return total === 0 ? 1 : (2 * common) / total;
}

function matchedCharacters(a: readonly string[], b: readonly string[]): number {
  const positions = seedPositions(b);
  let matched = 0;
  const stack: [number, number, number, number][] = [[0, a.length, 0, b.length]];
  for (let span = stack.pop(); span; span = stack.pop()) {
    const [aStart, aEnd, bStart, bEnd] = span;
    const block = longestBlock(a, b, positions, span);
    if (block.size === 0) continue;
    matched += block.size;
    if (aStart < block.a && bStart < block.b) stack.push([aStart, block.a, bStart, block.b]);
    if (block.a + block.size < aEnd && block.b + block.size < bEnd) {
      stack.push([block.a + block.size, aEnd, block.b + block.size, bEnd]);
    }
  }
  return matched;
}

const AUTOJUNK_LENGTH = 200;

/** Where each character stands in `b`, popular ones of long texts left out. */
function seedPositions(b: readonly string[]): Map<string, number[]> {
  const positions = new Map<string, number[]>();
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

/** The longest common block inside a span: the earliest in `a`, then the earliest in `b`; grown over characters that are no seeds. */
function longestBlock(
  a: readonly string[],
  b: readonly string[],
  positions: ReadonlyMap<string, readonly number[]>,
  [aStart, aEnd, bStart, bEnd]: readonly [number, number, number, number],
): {a: number; b: number; size: number} {
  let best = {a: aStart, b: bStart, size: 0};
  let lengths = new Map<number, number>();
  for (let i = aStart; i < aEnd; i++) {
    const next = new Map<number, number>();
    for (const j of positions.get(a[i] ?? '') ?? []) {
      if (j < bStart) continue;
      if (j >= bEnd) break;
      const size = (lengths.get(j - 1) ?? 0) + 1;
      next.set(j, size);
      if (size > best.size) best = {a: i - size + 1, b: j - size + 1, size};
    }
    lengths = next;
  }
  let {a: startA, b: startB, size} = best;
  while (startA > aStart && startB > bStart && a[startA - 1] === b[startB - 1]) {
    startA--;
    startB--;
    size++;
  }
  while (startA + size < aEnd && startB + size < bEnd && a[startA + size] === b[startB + size]) size++;
  return {a: startA, b: startB, size};
}
