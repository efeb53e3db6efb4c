/**
 * Reads what models write when they mean JSON: quotes that are single or missing, commas, colons and ends that are missing, comments, prose around it.
 * Follows what Python's json_repair 0.61 makes of such texts, since the older system used it; results are comparable on all recorded vectors.
 *
 * Linear in the length but for look-aheads inside one value.
 */
export function repairJson(text: string): unknown {
  const found: unknown[] = [];
  const reader = new LooseReader(text);
  for (let value = reader.nextTopLevel(); value !== undefined; value = reader.nextTopLevel()) {
    // A model that corrects itself writes the same object again: the last one counts.
    if (found.length > 0 && sameShape(found.at(-1), value)) found[found.length - 1] = value;
    else found.push(value);
  }
  return found.length === 1 ? found[0] : found.length === 0 ? '' : found;
}

function sameShape(a: unknown, b: unknown): boolean {
  if (!isRecord(a) || !isRecord(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every(key => key in b && typeof a[key] === typeof b[key]);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

const OPENING_QUOTES: Readonly<Record<string, string>> = {'"': '"', "'": "'", '“': '”', '”': '”', '‘': '’'};
const ESCAPES: Readonly<Record<string, string>> = {n: '\n', t: '\t', r: '\r', b: '\b', f: '\f'};

class LooseReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** The next object or list of the text; undefined at its end. */
  nextTopLevel(): unknown {
    while (this.#at < this.#text.length) {
      const char = this.#text.charAt(this.#at);
      if (char === '{') return this.#object();
      if (char === '[') return this.#array();
      this.#at++;
    }
    return undefined;
  }

  #object(): Record<string, unknown> {
    this.#at++; // {
    const result: Record<string, unknown> = {};
    for (;;) {
      this.#skipBlanks(',:{');
      const char = this.#text.charAt(this.#at);
      if (char === '' || char === '}' || char === ']') {
        this.#at++;
        return result;
      }
      const key = this.#key();
      if (key === undefined) continue;
      this.#skipBlanks('');
      const separator = this.#text.charAt(this.#at);
      if (separator === '') return result; // cut inside a key: nothing was said about it
      if (separator === ':' || !(separator in OPENING_QUOTES)) {
        if (separator !== '}') this.#at++;
      }
      this.#define(result, key, this.#value('object'));
    }
  }

  /** As plain data, whatever the key is called. */
  #define(target: Record<string, unknown>, key: string, value: unknown): void {
    Object.defineProperty(target, key, {value, enumerable: true, writable: true, configurable: true});
  }

  #key(): string | undefined {
    const char = this.#text.charAt(this.#at);
    if (char in OPENING_QUOTES) {
      const key = this.#quoted(OPENING_QUOTES[char] ?? char, 'key');
      return key;
    }
    const match = /[^\s:,{}[\]"]+/y;
    match.lastIndex = this.#at;
    const key = match.exec(this.#text)?.[0];
    if (key === undefined) {
      this.#at++;
      return undefined;
    }
    this.#at += key.length;
    return key;
  }

  #array(): unknown[] {
    this.#at++; // [
    const result: unknown[] = [];
    for (;;) {
      this.#skipBlanks(',');
      const char = this.#text.charAt(this.#at);
      if (char === '' || char === ']' || char === '}') {
        this.#at++;
        return result;
      }
      const before = this.#at;
      result.push(this.#value('array'));
      if (this.#at === before) this.#at++;
    }
  }

  #value(inside: 'object' | 'array'): unknown {
    this.#skipBlanks('');
    const char = this.#text.charAt(this.#at);
    if (char === '{') return this.#object();
    if (char === '[') return this.#array();
    if (char in OPENING_QUOTES) return this.#quoted(OPENING_QUOTES[char] ?? char, 'value');
    if (char === '' || char === '}' || char === ']' || char === ',') return '';
    return this.#bare(inside);
  }

  /** A value without quotes: a number, a literal, or words up to the next delimiter. */
  #bare(inside: 'object' | 'array'): unknown {
    const end = inside === 'object' ? /[^,}"]*/y : /[^,\]}"]*/y;
    end.lastIndex = this.#at;
    let text = end.exec(this.#text)?.[0] ?? '';
    // Braces that open in the words close in them.
    while (
      inside === 'object' &&
      count(text, '{') > count(text, '}') &&
      this.#text.charAt(this.#at + text.length) === '}'
    ) {
      const more = /\}[^,}"]*/y;
      more.lastIndex = this.#at + text.length;
      text += more.exec(this.#text)?.[0] ?? '}';
    }
    this.#at += text.length;
    const trimmed = text.replace(/\s*\/\/[^\n]*$/, '').trim();
    if (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(trimmed)) return Number(trimmed);
    const literal = trimmed.toLowerCase();
    if (literal === 'true') return true;
    if (literal === 'false') return false;
    if (literal === 'null') return null;
    return trimmed;
  }

  #quoted(close: string, role: 'key' | 'value'): string {
    this.#at++; // the opening quote
    let result = '';
    while (this.#at < this.#text.length) {
      const char = this.#text.charAt(this.#at);
      if (char === '\\') {
        result += this.#escape();
      } else if (char === close && this.#endsHere(role)) {
        this.#at++;
        return result;
      } else {
        result += char;
        this.#at++;
      }
    }
    return result.trimEnd();
  }

  #escape(): string {
    const next = this.#text.charAt(this.#at + 1);
    const unicode = /[0-9a-fA-F]{4}/y;
    unicode.lastIndex = this.#at + 2;
    const hex = next === 'u' ? unicode.exec(this.#text)?.[0] : undefined;
    this.#at += hex === undefined ? 2 : 6;
    return hex === undefined ? (ESCAPES[next] ?? next) : String.fromCharCode(parseInt(hex, 16));
  }

  /** Whether the quote under the cursor closes its text, rather than standing inside it unescaped: by what follows it. */
  #endsHere(role: 'key' | 'value'): boolean {
    if (role === 'key') return true;
    const rest = this.#text.slice(this.#at + 1, this.#at + 257);
    return (
      /^\s*$/.test(rest) || // the end
      /^\s*[}\]]/.test(rest) ||
      /^\s*,\s*(?:["'“]|[}\]]|$|[\w-]+\s*:|\/\/|#|\/\*)/.test(rest) || // the next key, or an end
      /^\s*["'][^"'\n]*["']\s*:/.test(rest) || // the next key, its comma forgotten
      /^\s*(?:\/\/|#|\/\*)/.test(rest)
    );
  }

  /** White space, comments, and what else may be passed over at this place. */
  #skipBlanks(also: string): void {
    while (this.#at < this.#text.length) {
      const char = this.#text.charAt(this.#at);
      const next = this.#text.charAt(this.#at + 1);
      if (/\s/.test(char) || (also !== '' && also.includes(char))) this.#at++;
      else if (char === '#' || (char === '/' && next === '/')) this.#skipTo('\n');
      else if (char === '/' && next === '*') this.#skipTo('*/');
      else return;
    }
  }

  #skipTo(mark: string): void {
    const found = this.#text.indexOf(mark, this.#at + 1);
    this.#at = found < 0 ? this.#text.length : found + mark.length;
  }
}

function count(text: string, char: string): number {
  return text.split(char).length - 1;
}
