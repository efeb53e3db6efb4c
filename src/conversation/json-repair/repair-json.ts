import {isPythonSpace} from '../../core/python/python-space.ts';
import {readLooseText} from './loose-text.ts';
import {QUOTES, TextCursor, type Place} from './text-cursor.ts';

/** Deeper nesting is never meant; a text of opening brackets only would cost its length at each level. */
const MAX_DEPTH = 100;

/**
 * Reads what models write when they mean JSON: quotes that are single or missing, commas, colons and ends that are
 * missing, comments, prose around it. '' when there is nothing; a list when there are several values.
 *
 * Follows the behaviour of Python's json_repair 0.61, which the older system used, found by comparing results on tens
 * of thousands of damaged texts.
 *
 * @param onRepeat called with a key that an object has twice with different values: the last one counts.
 * @throws RangeError when the text nests deeper than 100 levels.
 */
export function repairJson(text: string, onRepeat?: (key: string) => void): unknown {
  const reader = new LooseReader(new TextCursor(text), onRepeat);
  const found: unknown[] = [];
  let empty: unknown;
  for (let value = reader.next(); value !== undefined; value = reader.next()) {
    if (isNothing(value)) {
      empty ??= value;
      continue;
    }
    // A model that corrects itself writes the same object again: the last one counts.
    if (found.length > 0 && sameShape(found.at(-1), value)) found[found.length - 1] = value;
    else found.push(value);
  }
  return found.length > 1 ? found : (found[0] ?? empty ?? '');
}

/**
 * Longer texts are not repaired: nobody needs 200,000 characters for an answer, and looking for one would hold up the
 * others.
 */
const MAX_REPAIRED_LENGTH = 200_000;

/** Repairs a model's reply; `value` is null when it is too long or nests too deeply. */
export function repairReply(text: string): {readonly value: unknown; readonly repeatsKey: boolean} {
  if (text.length > MAX_REPAIRED_LENGTH) return {value: null, repeatsKey: false};
  let repeatsKey = false;
  try {
    const value = repairJson(text, () => (repeatsKey = true));
    return {value, repeatsKey};
  } catch (error) {
    if (error instanceof RangeError) return {value: null, repeatsKey: false}; // nested beyond all reason
    throw error;
  }
}

function sameShape(a: unknown, b: unknown): boolean {
  if (isRecord(a) && isRecord(b)) {
    const keys = Object.keys(a);
    return (
      keys.length === Object.keys(b).length && keys.every(key => Object.hasOwn(b, key) && sameShape(a[key], b[key]))
    );
  }
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, i) => sameShape(item, b[i]));
  return jsonType(a) === jsonType(b);
}

function jsonType(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'float';
  return Array.isArray(value) ? 'list' : typeof value;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

function isNothing(value: unknown): boolean {
  return (
    value === '' || (Array.isArray(value) ? value.length === 0 : isRecord(value) && Object.keys(value).length === 0)
  );
}

class LooseReader {
  readonly #cursor: TextCursor;
  readonly #onRepeat: ((key: string) => void) | undefined;
  #depth = 0;

  constructor(cursor: TextCursor, onRepeat?: (key: string) => void) {
    this.#cursor = cursor;
    this.#onRepeat = onRepeat;
  }

  /** Reads the next object or list of the text; undefined at its end. */
  next(): unknown {
    while (!this.#cursor.isAtEnd()) {
      const value = this.#value();
      if (value !== '') return value;
    }
    return undefined;
  }

  #value(): unknown {
    const cursor = this.#cursor;
    while (!cursor.isAtEnd()) {
      const char = cursor.char();
      if (char === '{') return this.#nested(() => this.#object());
      if (char === '[') return this.#nested(() => this.#array(']').items);
      if (cursor.place !== undefined) {
        if (char === '(') return this.#nested(() => this.#tuple());
        if (QUOTES.includes(char) || cursor.isLetter()) return readLooseText(cursor);
        if (/[\d.-]/.test(char)) return this.#number();
      }
      if (char === '#' || char === '/') return this.#comment();
      cursor.at++;
    }
    return '';
  }

  #nested<T>(read: () => T): T {
    if (++this.#depth > MAX_DEPTH) throw new RangeError('nested too deeply');
    const value = read();
    this.#depth--;
    return value;
  }

  #in<T>(place: Place, read: () => T): T {
    this.#cursor.places.push(place);
    const value = read();
    this.#cursor.places.pop();
    return value;
  }

  #object(): unknown {
    const cursor = this.#cursor;
    cursor.at++;
    const start = cursor.at;
    const members = new Map<string, unknown>();
    while (!cursor.isAtEnd() && cursor.char() !== '}') {
      cursor.skipSpaces();
      if (cursor.char() === ':') cursor.at++;
      const key = this.#in('key', () => this.#key(members));
      cursor.skipSpaces();
      if (cursor.isAtEnd() || cursor.char() === '}') continue;
      cursor.at++; // the colon, or what is in its place
      const value = this.#in('value', () => this.#memberValue());
      this.#set(members, key, value);
      if ([',', "'", '"'].includes(cursor.char())) cursor.at++;
      cursor.skipSpaces();
    }
    cursor.at++;
    // Not a member in it, but something: a set.
    if (members.size === 0 && /[^\s}]\s*[^\s]|\s+[^\s}]/.test(cursor.text.slice(start, cursor.at))) {
      cursor.at = start - 1;
      return this.#array('}').items;
    }
    if (cursor.places.length === 0) this.#furtherMembers(members);
    return Object.fromEntries(members);
  }

  #key(members: Map<string, unknown>): string {
    const cursor = this.#cursor;
    let key = '';
    while (!cursor.isAtEnd()) {
      if (cursor.char() === '[' && this.#extendsLastList(members)) continue;
      key = ['#', '/'].includes(cursor.char()) ? String(this.#comment()) : String(readLooseText(cursor));
      if (key === '') cursor.skipSpaces();
      if (key !== '' || [':', '}'].includes(cursor.char())) break;
    }
    return key;
  }

  #set(members: Map<string, unknown>, key: string, value: unknown): void {
    if (members.has(key) && JSON.stringify(members.get(key)) !== JSON.stringify(value)) this.#onRepeat?.(key);
    members.set(key, value);
  }

  #extendsLastList(members: Map<string, unknown>): boolean {
    const last = [...members.values()].at(-1);
    if (!Array.isArray(last)) return false;
    last.push(...this.#nested(() => this.#array(']').items));
    this.#cursor.skipSpaces();
    if (this.#cursor.char() === ',') this.#cursor.at++;
    this.#cursor.skipSpaces();
    return true;
  }

  #memberValue(): unknown {
    this.#cursor.skipSpaces();
    if ([',', '}'].includes(this.#cursor.char())) return '';
    return this.#value();
  }

  /** Reads what follows an object that was closed too early: a comma and a quoted key. */
  #furtherMembers(members: Map<string, unknown>): void {
    const cursor = this.#cursor;
    const comma = cursor.pastSpaces(0);
    if (cursor.char(comma) !== ',') return;
    const next = cursor.pastSpaces(comma + 1);
    if (!QUOTES.includes(cursor.char(next))) return;
    cursor.at += next - 1;
    const more = this.#object();
    if (isRecord(more)) for (const [key, value] of Object.entries(more)) this.#set(members, key, value);
  }

  /** Reads a list as Python may write it; a single item without a comma is just in parentheses. */
  #tuple(): unknown {
    const {items, commas} = this.#array(')');
    return items.length === 1 && !commas ? items[0] : items;
  }

  #array(close: string): {items: unknown[]; commas: boolean} {
    const cursor = this.#cursor;
    cursor.at++;
    return this.#in('item', () => {
      const items: unknown[] = [];
      let commas = false;
      cursor.skipSpaces();
      while (!cursor.isAtEnd() && ![close, ']', '}'].includes(cursor.char())) {
        this.#item(items);
        for (; isPythonSpace(cursor.char()) || cursor.char() === ','; cursor.at++) commas ||= cursor.char() === ',';
      }
      cursor.at++;
      return {items, commas};
    });
  }

  #item(items: unknown[]): void {
    const cursor = this.#cursor;
    const value = QUOTES.includes(cursor.char()) ? this.#textOrMember() : this.#value();
    if (value === '' && !QUOTES.includes(cursor.char(-1))) cursor.at++;
    else if (!(value === '...' && cursor.char(-1) === '.')) items.push(value);
  }

  /** Reads a quoted text in a list, which may be the key of an object that lacks its braces. */
  #textOrMember(): unknown {
    const cursor = this.#cursor;
    const end = cursor.find(cursor.char(), 1);
    if (cursor.char(cursor.pastSpaces(end + 1)) !== ':') return readLooseText(cursor);
    cursor.at--;
    return this.#nested(() => this.#object());
  }

  #number(): unknown {
    const cursor = this.#cursor;
    const allowed = cursor.place === 'item' ? /[\d.eE/_-]*/y : /[\d.eE/,_-]*/y;
    allowed.lastIndex = cursor.at;
    let text = allowed.exec(cursor.text)?.[0] ?? '';
    cursor.at += text.length;
    if (/[-eE/,]$/.test(text)) {
      text = text.slice(0, -1);
      cursor.at--;
    } else if (cursor.isLetter()) {
      cursor.at -= text.length;
      return readLooseText(cursor);
    }
    return this.#parseNumber(text);
  }

  #parseNumber(written: string): unknown {
    const text = written.replace(/(?<=\d)_(?=\d)/g, '');
    if (text === '' || text === '-') {
      this.#cursor.at++;
      return this.#memberValue();
    }
    if (text.includes(',')) return written;
    return /^-?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/.test(text) ? Number(text) : written;
  }

  #comment(): unknown {
    const cursor = this.#cursor;
    const {text, at} = cursor;
    if (text.startsWith('/*', at)) {
      const end = text.indexOf('*/', at + 2);
      cursor.at = end < 0 ? text.length : end + 2;
    } else if (text.startsWith('//', at) || text.startsWith('#', at)) {
      while (!cursor.isAtEnd() && !this.#endsLineComment()) cursor.at++;
    } else {
      cursor.at++;
    }
    return cursor.places.length === 0 ? this.#value() : '';
  }

  #endsLineComment(): boolean {
    const {places} = this.#cursor;
    const char = this.#cursor.char();
    if (char === '\n' || char === '\r') return true;
    if (places.includes('item') && char === ']') return true;
    if (places.includes('value') && char === '}') return true;
    return places.includes('key') && char === ':';
  }
}
