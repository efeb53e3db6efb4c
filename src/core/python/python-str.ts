/** A Python tuple read from a pickle: a list that prints with parentheses. */
export class PythonTuple extends Array<unknown> {}

/**
 * A number that was written as a float though it is whole: `1.0`. JavaScript has one type for both; texts derived from
 * it must not lose the `.0`.
 */
export class PythonFloat {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

/** Replaces every PythonFloat in a value by its number; parts without any are shared, not copied. */
export function withoutPythonFloats(value: unknown): unknown {
  return strip(value, undefined);
}

/**
 * Makes `withoutPythonFloats` for values that have their larger parts from the same few: each of those is looked at
 * once.
 */
export function floatStripper(parts: Iterable<unknown>): (value: unknown) => unknown {
  const known = new Map<unknown, unknown>();
  for (const part of parts) strip(part, known);
  return value => strip(value, {get: key => known.get(key), set: () => undefined});
}

interface Memory {
  readonly get: (value: unknown) => unknown;
  readonly set: (value: unknown, stripped: unknown) => unknown;
}

function strip(value: unknown, memory: Memory | undefined): unknown {
  if (value === null || typeof value !== 'object') return value;
  if (value instanceof PythonFloat) return value.value;
  const known = memory?.get(value);
  if (known !== undefined) return known;
  const stripped = Array.isArray(value) ? stripItems(value, memory) : stripMembers(value, memory);
  memory?.set(value, stripped);
  return stripped;
}

function stripItems(list: readonly unknown[], memory: Memory | undefined): unknown {
  const items = list.map(item => strip(item, memory));
  return items.every((item, i) => item === list[i]) ? list : items;
}

function stripMembers(mapping: object, memory: Memory | undefined): unknown {
  if (Object.getPrototypeOf(mapping) !== Object.prototype) return mapping;
  let copy: Record<string, unknown> | undefined;
  for (const [key, member] of Object.entries(mapping)) {
    const plain = strip(member, memory);
    if (plain !== member) (copy ??= {...mapping})[key] = plain;
  }
  return copy ?? mapping;
}

/** Returns Python's `str()` of a value: texts as they are, everything else as `repr()` writes it. */
export function pythonStr(value: unknown): string {
  return typeof value === 'string' ? value : pythonRepr(value);
}

/**
 * Returns Python's `repr()` of null, booleans, numbers, texts, lists, tuples and mappings; anything else says itself
 * how it is written.
 */
export function pythonRepr(value: unknown): string {
  if (value === null || value === undefined) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'number') return numberRepr(value);
  if (typeof value === 'string') return textRepr(value);
  if (value instanceof PythonFloat) return floatRepr(value.value);
  if (value instanceof PythonTuple) {
    return value.length === 1 ? `(${pythonRepr(value[0])},)` : `(${value.map(pythonRepr).join(', ')})`;
  }
  if (Array.isArray(value)) return `[${value.map(pythonRepr).join(', ')}]`;
  if (isMapping(value)) {
    return `{${Object.entries(value)
      .map(([key, member]) => `${pythonRepr(key)}: ${pythonRepr(member)}`)
      .join(', ')}}`;
  }
  // Dates and whole numbers beyond the safe ones know how they are written.
  return (value as {toString(): string}).toString();
}

function isMapping(value: unknown): value is object {
  return typeof value === 'object' && [Object.prototype, null].includes(Object.getPrototypeOf(value) as object | null);
}

/** Writes a float so that it always shows that it is one. */
function floatRepr(value: number): string {
  if (Object.is(value, -0)) return '-0.0';
  if (Math.abs(value) >= 1e16 && Number.isFinite(value)) return exponentForm(value);
  const text = numberRepr(value);
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}

/**
 * Writes a number as Python does. Both languages print the shortest digits that read back; they differ in when the
 * exponent form begins and in its padding.
 */
function numberRepr(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  const text = String(value);
  return text.includes('e') || (value !== 0 && Math.abs(value) < 1e-4) ? exponentForm(value) : text;
}

/** Writes `1e+22`, `1.5e-07`. */
function exponentForm(value: number): string {
  const [digits = '', exponent = ''] = value.toExponential().split('e');
  return `${digits}e${exponent.charAt(0)}${exponent.slice(1).padStart(2, '0')}`;
}

function textRepr(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  let out = quote;
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0;
    if (char === '\\' || char === quote) out += `\\${char}`;
    else if (char === '\n') out += '\\n';
    else if (char === '\r') out += '\\r';
    else if (char === '\t') out += '\\t';
    else out += isPrintable(char) ? char : escaped(code);
  }
  return out + quote;
}

/**
 * Does Python's `str.isprintable()`: true for everything but control characters, unassigned ones, and spaces other than
 * the plain one.
 */
function isPrintable(char: string): boolean {
  return char === ' ' || !/[\p{C}\p{Z}]/u.test(char);
}

function escaped(code: number): string {
  if (code <= 0xff) return `\\x${code.toString(16).padStart(2, '0')}`;
  return code <= 0xffff ? `\\u${code.toString(16).padStart(4, '0')}` : `\\U${code.toString(16).padStart(8, '0')}`;
}
