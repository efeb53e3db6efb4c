/**
 * What was worked out for the object that stood at a place last time. Tasks of a grid are looked at one after the other
 * and share the parts that their axes do not write; those are never changed in place, so the very same object gives the
 * same result.
 */
export class LastSeen<T> {
  readonly #slots = new Map<string, {readonly part: object; readonly result: T}>();

  get(slot: string, part: object, compute: () => T): T {
    const last = this.#slots.get(slot);
    if (last?.part === part) return last.result;
    const result = compute();
    this.#slots.set(slot, {part, result});
    return result;
  }
}
