/** Summary of numbers; nulls where there are too few for it. */
export interface NumberStats {
  readonly count: number;
  readonly min: number | null;
  readonly max: number | null;
  readonly mean: number | null;
  readonly median: number | null;
  /** Of the sample (n − 1); null below two numbers. */
  readonly stdev: number | null;
}

export function summariseNumbers(values: readonly number[]): NumberStats {
  const sorted = values.toSorted((a, b) => a - b);
  const mean = computeMean(sorted);
  if (mean === null) return {count: 0, min: null, max: null, mean: null, median: null, stdev: null};
  const half = sorted.length / 2;
  const middle = sorted.slice(Math.ceil(half) - 1, Math.floor(half) + 1);
  const squares = sorted.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return {
    count: sorted.length,
    min: sorted[0] ?? null,
    max: sorted.at(-1) ?? null,
    mean,
    median: computeMean(middle),
    stdev: sorted.length > 1 ? Math.sqrt(squares / (sorted.length - 1)) : null,
  };
}

/** Returns the mean; null of nothing. */
export function computeMean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Counts texts. */
export class Counter {
  readonly #counts = new Map<string, number>();

  add(text: string, times = 1): void {
    this.#counts.set(text, (this.#counts.get(text) ?? 0) + times);
  }

  get total(): number {
    return [...this.#counts.values()].reduce((sum, n) => sum + n, 0);
  }

  get(text: string): number {
    return this.#counts.get(text) ?? 0;
  }

  /** Returns the texts in alphabetical order. */
  texts(): string[] {
    return [...this.#counts.keys()].sort(compareCodes);
  }

  /** Returns the counts by text, in alphabetical order. */
  toRecord(): Record<string, number> {
    return Object.fromEntries(this.texts().map(text => [text, this.get(text)]));
  }

  /** Returns the most frequent texts with their counts; of equally frequent ones the alphabetically first. */
  listMostFrequent(most: number): [string, number][] {
    return [...this.#counts].sort(([a, n], [b, m]) => m - n || compareCodes(a, b)).slice(0, most);
  }
}

/** Values by key, made when first asked for. */
export class Groups<Key extends string | number, Value> {
  readonly #values = new Map<Key, Value>();
  readonly #make: () => Value;

  constructor(make: () => Value) {
    this.#make = make;
  }

  get(key: Key): Value {
    let value = this.#values.get(key);
    if (value === undefined) this.#values.set(key, (value = this.#make()));
    return value;
  }

  /** Returns the entries, numbers by size and texts in alphabetical order. */
  entries(): [Key, Value][] {
    return [...this.#values].sort(([a], [b]) =>
      typeof a === 'number' && typeof b === 'number' ? a - b : compareCodes(String(a), String(b)),
    );
  }

  /** Returns what a function makes of each value, by key in that order. */
  toRecord<Made>(convert: (value: Value, key: Key) => Made): Record<string, Made> {
    return Object.fromEntries(this.entries().map(([key, value]) => [String(key), convert(value, key)]));
  }
}

/** Compares by code units: the same order on every machine, whatever its language. */
export function compareCodes(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
