/**
 * A binary heap with the least item by `compare` first. `push` and `pop` are O(log n).
 *
 * The algorithm is that of Python's `heapq` (an item that is popped is replaced by walking the hole down to a leaf,
 * then up), because the older system's order among equal requests follows from it, and comparisons with that system
 * should not fail for that.
 */
export class Heap<T> {
  readonly #compare: (a: T, b: T) => number;
  #items: T[] = [];

  constructor(compare: (a: T, b: T) => number) {
    this.#compare = compare;
  }

  get size(): number {
    return this.#items.length;
  }

  peek(): T | undefined {
    return this.#items[0];
  }

  push(item: T): void {
    this.#items.push(item);
    this.#rise(0, this.#items.length - 1);
  }

  pop(): T | undefined {
    const first = this.#items[0];
    const last = this.#items.pop();
    if (this.#items.length > 0 && last !== undefined) {
      this.#items[0] = last;
      this.#sink(0);
    }
    return first;
  }

  /** Returns all items, in no particular order. */
  items(): readonly T[] {
    return this.#items;
  }

  /** Removes what `matches`; O(n). Like `heapq.heapify`, it may reorder equals even when nothing matches. */
  remove(matches: (item: T) => boolean): T[] {
    const removed: T[] = [];
    const kept: T[] = [];
    for (const item of this.#items) (matches(item) ? removed : kept).push(item);
    this.#items = kept;
    this.rebuild();
    return removed;
  }

  /** Restores the order after `compare` has changed its order; O(n). */
  rebuild(): void {
    for (let index = (this.#items.length >> 1) - 1; index >= 0; index--) this.#sink(index);
  }

  /** Moves an item up until its parent is not greater, at most to `top`. */
  #rise(top: number, index: number): void {
    const items = this.#items;
    const item = items[index] as T;
    let hole = index;
    while (hole > top) {
      const above = (hole - 1) >> 1;
      const parent = items[above] as T;
      if (this.#compare(item, parent) >= 0) break;
      items[hole] = parent;
      hole = above;
    }
    items[hole] = item;
  }

  /** Walks the hole at `top` down along the smaller children, then lets its item rise from the leaf. */
  #sink(top: number): void {
    const items = this.#items;
    const item = items[top] as T;
    let hole = top;
    for (let child = 2 * hole + 1; child < items.length; child = 2 * hole + 1) {
      const right = child + 1;
      if (right < items.length && this.#compare(items[child] as T, items[right] as T) >= 0) child = right;
      items[hole] = items[child] as T;
      hole = child;
    }
    items[hole] = item;
    this.#rise(top, hole);
  }
}
