/** A binary heap: the least item by `compare` first. push and pop are O(log n). */
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
    this.#rise(this.#items.length - 1);
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

  /** In no particular order. */
  items(): readonly T[] {
    return this.#items;
  }

  /** Restores the order after `compare` began to judge differently. */
  rebuild(): void {
    this.#items.sort(this.#compare);
  }

  #rise(index: number): void {
    const items = this.#items;
    for (let child = index; child > 0;) {
      const parent = (child - 1) >> 1;
      if (this.#compare(items[child] as T, items[parent] as T) >= 0) return;
      [items[child], items[parent]] = [items[parent] as T, items[child] as T];
      child = parent;
    }
  }

  #sink(index: number): void {
    const items = this.#items;
    for (let parent = index; ;) {
      let least = parent;
      for (const child of [2 * parent + 1, 2 * parent + 2]) {
        if (child < items.length && this.#compare(items[child] as T, items[least] as T) < 0) least = child;
      }
      if (least === parent) return;
      [items[parent], items[least]] = [items[least] as T, items[parent] as T];
      parent = least;
    }
  }
}
