/** A mapping as YAML and JSON give it. */
export type Mapping = Readonly<Record<string, unknown>>;

/** Returns whether a value is a mapping: no list, nor a value of a kind of its own such as a date. */
export function isMapping(value: unknown): value is Mapping {
  return value !== null && typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype;
}

/** Returns a mapping; an empty one for anything else. */
export function asMapping(value: unknown): Mapping {
  return isMapping(value) ? value : {};
}

/** Returns the member of nested mappings and lists at a path; undefined where there is none. */
export function readAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((at, key) => {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined;
    return Reflect.get(at, key);
  }, value);
}

/** Returns a list; an empty one for anything else. */
export function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
