/** A place in a value that JSON would lose or change, and what is there. */
export interface LostValue {
  readonly path: string;
  readonly found: string;
}

/** Finds the first part of a value that would not come back from JSON as it is; undefined when all of it would. */
export function findLostValue(value: unknown, path = '', above: readonly object[] = []): LostValue | undefined {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return undefined;
    case 'number':
      return Number.isFinite(value) ? undefined : {path, found: String(value)};
    case 'object':
      return value === null ? undefined : findLostMember(value, path, above);
    default:
      return {path, found: value === undefined ? 'undefined' : `a ${typeof value}`};
  }
}

function findLostMember(value: object, path: string, above: readonly object[]): LostValue | undefined {
  if (above.includes(value)) return {path, found: 'a value that contains itself'};
  const prototype: unknown = Object.getPrototypeOf(value);
  if (!Array.isArray(value) && prototype !== Object.prototype && prototype !== null) {
    return {path, found: `a ${value.constructor.name}`};
  }
  for (const [key, member] of Object.entries(value)) {
    const place = Array.isArray(value) ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`;
    // JSON leaves members of objects out that are undefined, which is what an optional field means.
    if (member === undefined && !Array.isArray(value)) continue;
    const lost = findLostValue(member, place, [...above, value]);
    if (lost) return lost;
  }
  return undefined;
}
