/**
 * Returns whether an object in a JSON text has one key twice with different values: `{"answer": "A", "answer": "B"}`.
 * Parsers take one of them silently, and nobody can tell which was meant. Takes valid JSON.
 */
export function repeatsKey(json: string): boolean {
  const scanner = /["{}[\],:]/g;
  const open: OpenObject[] = [];
  for (let found = scanner.exec(json); found; found = scanner.exec(json)) {
    const at = found.index;
    const object = open.at(-1);
    switch (found[0]) {
      case '"': {
        scanner.lastIndex = endOfText(json, at + 1);
        if (object) object.text = json.slice(at, scanner.lastIndex);
        break;
      }
      case ':':
        if (object) Object.assign(object, {key: JSON.parse(object.text) as string, valueStart: at + 1});
        break;
      case '{':
      case '[':
        open.push({values: new Map(), text: '', key: undefined, valueStart: 0});
        break;
      default:
        if (object && endsDifferently(object, json, at)) return true;
        if (found[0] !== ',') open.pop();
    }
  }
  return false;
}

/** An object, or a list, that has begun and not ended. */
interface OpenObject {
  readonly values: Map<string, string>;
  /** The last quoted text. */
  text: string;
  key: string | undefined;
  valueStart: number;
}

/** At the end of a member: returns whether its key had another value before. */
function endsDifferently(object: OpenObject, json: string, at: number): boolean {
  const {key, values} = object;
  if (key === undefined) return false;
  const value = json.slice(object.valueStart, at).trim();
  const before = values.get(key);
  values.set(key, value);
  object.key = undefined;
  return before !== undefined && before !== value;
}

/** Returns the position behind the quote that ends a text. */
function endOfText(json: string, from: number): number {
  for (let at = from; at < json.length; at++) {
    const char = json.charCodeAt(at);
    if (char === 92) at++;
    else if (char === 34) return at + 1;
  }
  return json.length;
}
