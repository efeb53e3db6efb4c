import {isPythonSpace, pythonTrimEnd} from '../../core/python/python-space.ts';
import {QUOTES, readEscape} from './escapes.ts';
import {bareMemberFollows, quotedKeyFollows} from './next-member.ts';
import type {TextCursor} from './text-cursor.ts';

const ALPHANUMERIC = /^[\p{L}\p{N}]/u;
const LETTER = /^\p{L}/u;
const LITERALS: readonly (readonly [string, boolean | null])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
];

export function isLetter(cursor: TextCursor, offset = 0): boolean {
  return LETTER.test(characterAt(cursor, offset));
}

function isAlphanumeric(cursor: TextCursor): boolean {
  return ALPHANUMERIC.test(characterAt(cursor, 0));
}

function characterAt(cursor: TextCursor, offset: number): string {
  const code = cursor.text.codePointAt(cursor.at + offset);
  return code === undefined ? '' : String.fromCodePoint(code);
}

/**
 * Reads a text that may lack its quotes, or hold quotes that nobody escaped, or a bare literal. Leaves the cursor
 * behind it.
 *
 * The difficulty is one question, asked at each quote, comma and brace: does the text end here? It is answered by
 * looking ahead for what would follow if it did: a delimiter, or the next key with its colon.
 */
export function readLooseText(cursor: TextCursor): string | boolean | null {
  while (!cursor.isAtEnd() && !QUOTES.includes(cursor.char()) && !isAlphanumeric(cursor)) cursor.at++;
  if (cursor.isAtEnd()) return '';
  const opening = cursor.char();
  if (QUOTES.includes(opening)) {
    cursor.at++;
    return new LooseText(cursor, opening).read();
  }
  const literal = cursor.place === 'key' ? undefined : readLiteral(cursor);
  return literal === undefined ? new LooseText(cursor, '').read() : literal;
}

function readLiteral(cursor: TextCursor): boolean | null | undefined {
  const start = cursor.text.slice(cursor.at, cursor.at + 5).toLowerCase();
  const literal = LITERALS.find(([name]) => start.startsWith(name));
  if (literal) cursor.at += literal[0].length;
  return literal?.[1];
}

class LooseText {
  readonly #cursor: TextCursor;
  readonly #open: string;
  readonly #close: string;
  /** It has no opening quote. */
  readonly #bare: boolean;
  /** It opens, and should close, with two quotes. */
  #doubled = false;
  /** An inner quote was opened that another will close. */
  #inner = false;
  /** A comma was found to be part of the text though no quote follows: so are the later ones. */
  #comma = false;
  #result = '';
  #last = '';
  /** The last brace in the result is an opening one. */
  #braceIsOpen = false;

  constructor(cursor: TextCursor, opening: string) {
    this.#cursor = cursor;
    this.#bare = opening === '';
    this.#open = opening === "'" || opening === '“' ? opening : '"';
    this.#close = opening === '“' ? '”' : this.#open;
  }

  read(): string {
    const cursor = this.#cursor;
    if (!this.#bare && cursor.char() === this.#open && this.#isEmpty()) return '';
    this.#body();
    if (this.#bare && cursor.place === 'key' && isPythonSpace(cursor.char())) {
      cursor.skipSpaces();
      if (![':', ','].includes(cursor.char())) return '';
    }
    const closed = cursor.char() === this.#close;
    if (closed) cursor.at++;
    return !closed || this.#bare || this.#last === '\n' ? pythonTrimEnd(this.#result) : this.#result;
  }

  /** A second quote follows the opening one: nothing between them, or doubled quotes. */
  #isEmpty(): boolean {
    const cursor = this.#cursor;
    const after = cursor.char(1);
    const ends = {key: ':', value: ',}', item: ',]'}[cursor.place ?? 'value'];
    if (after !== '' && ends.includes(after)) {
      cursor.at++;
      return true;
    }
    if (after === this.#close) return true;
    const next = cursor.find(this.#close, 1);
    if (cursor.char(next + 1) === this.#close) {
      this.#doubled = true;
      cursor.at++;
      return false;
    }
    const follower = cursor.char(cursor.pastSpaces(1));
    if (QUOTES.includes(follower) || follower === '{' || follower === '[') {
      cursor.at++;
      return true;
    }
    if (![',', ']', '}'].includes(follower)) cursor.at++;
    return false;
  }

  #body(): void {
    const cursor = this.#cursor;
    while (!cursor.isAtEnd() && cursor.char() !== this.#close) {
      if (this.#endsBefore(cursor.char())) return;
      if (this.#takeUnescaped()) continue;
      if (cursor.char() === ':' && !this.#bare && cursor.place === 'key' && this.#keyLacksQuote()) return;
      if (cursor.char() === this.#close && this.#last !== '\\' && this.#endsAtQuote()) return;
    }
  }

  #take(): void {
    this.#append(this.#cursor.char());
    this.#cursor.at++;
  }

  #append(char: string): void {
    this.#result += char;
    this.#last = char;
    if (char === '{' || char === '}') this.#braceIsOpen = char === '{';
  }

  /** Takes a character, or what a backslash and the next characters mean; then true. */
  #takeUnescaped(): boolean {
    const cursor = this.#cursor;
    let meaning = cursor.char() === '\\' ? readEscape(cursor) : undefined;
    if (meaning === undefined) {
      this.#take();
      return false;
    }
    // Backslashes were escaped twice.
    while (meaning === '\\' && (cursor.char() === this.#close || cursor.char() === '\\')) {
      meaning = cursor.char();
      cursor.at++;
    }
    this.#append(meaning);
    return true;
  }

  /** Whether the text ends before a character that is no quote. */
  #endsBefore(char: string): boolean {
    const {place, places} = this.#cursor;
    if (this.#bare && place === 'key' && (char === ':' || isPythonSpace(char))) return true;
    if (this.#bare && place === 'item' && (char === ']' || char === ',')) return true;
    const afterQuote = this.#last === this.#close;
    if (place === 'value' && (char === ',' || (char === '}' && !afterQuote)) && this.#lacksQuoteAt(char)) return true;
    if (char === ']' && places.includes('item') && !afterQuote) {
      if (this.#cursor.char(this.#cursor.find(this.#close, 0)) === '') return true;
    }
    return place === 'value' && char === '}' && (afterQuote || !this.#braceIsOpen) && this.#endsAtBrace();
  }

  /** At a comma or brace of a value: whether the closing quote was forgotten before it, judged by what follows. */
  #lacksQuoteAt(char: string): boolean {
    const cursor = this.#cursor;
    if (char === '}' && this.#braceIsOpen) return false;
    const quote = cursor.find(this.#close, 1);
    if (cursor.char(quote) === '') return this.#lacksQuoteWithoutMore(char);
    if (char === ',' && this.#bare && quotedKeyFollows(cursor)) return true;
    if (char === ',' && this.#close === "'" && bareMemberFollows(cursor)) return true;
    const follower = cursor.pastSpaces(quote + 1);
    if (['', ',', '}'].includes(cursor.char(follower))) return false;
    if (char === ',' && bareMemberFollows(cursor)) return true;
    const opening = cursor.find(this.#open, follower);
    if (cursor.char(opening) === '') return false;
    const next = cursor.char(cursor.pastSpaces(opening + 1));
    return next === ':' || (next === '' && char === '}');
  }

  /** No closing quote follows at all. */
  #lacksQuoteWithoutMore(char: string): boolean {
    const cursor = this.#cursor;
    const start = cursor.pastSpaces(1);
    const brace = cursor.find('}', start);
    const colonFollows = cursor.char(cursor.find(':', 1)) !== '';
    if (char === '}') return colonFollows || brace - start <= 1;
    if (this.#comma) return false;
    if (quotedKeyFollows(cursor) || bareMemberFollows(cursor)) return true;
    // A comma at the very end, or before the brace that ends the object.
    this.#comma = colonFollows || brace > start;
    return !this.#comma;
  }

  /** At a closing brace of a value: the end of the text or of a fence follows. */
  #endsAtBrace(): boolean {
    const cursor = this.#cursor;
    const next = cursor.pastSpaces(1);
    return cursor.char(next) === '' || cursor.text.startsWith('```', cursor.at + next);
  }

  /** At a colon of a quoted key: whether the key's closing quote was forgotten before it. */
  #keyLacksQuote(): boolean {
    const cursor = this.#cursor;
    const opening = cursor.find(this.#open, 1);
    if (cursor.char(opening) === '') return true;
    const closing = cursor.find(this.#close, opening + 1);
    if (cursor.char(closing) === '') return false;
    const next = cursor.char(cursor.pastSpaces(closing + 1));
    return next === ',' || next === '}';
  }

  /**
   * At a quote like the one that would close the text: whether it does. If not, it has been taken as part of the text.
   */
  #endsAtQuote(): boolean {
    const cursor = this.#cursor;
    if (this.#doubled && cursor.char(1) === this.#close) {
      cursor.at++;
      return false;
    }
    if (this.#bare && cursor.place === 'value') return this.#startsNextKey();
    if (this.#inner) {
      this.#inner = false;
      this.#take();
      return false;
    }
    return this.#closesQuoted();
  }

  /** At a quote after bare words: it opens the next key. */
  #startsNextKey(): boolean {
    const cursor = this.#cursor;
    const quote = this.#nextQuote(1);
    if (cursor.char(quote) === '' || cursor.char(cursor.pastSpaces(quote + 1)) !== ':') return false;
    return true;
  }

  #nextQuote(offset: number): number {
    while (!['', this.#open, this.#close].includes(this.#cursor.char(offset))) offset++;
    return offset;
  }

  /** At a quote inside a quoted text: by the first delimiter that follows. */
  #closesQuoted(): boolean {
    const cursor = this.#cursor;
    const stop = this.#nextStop();
    const mark = cursor.char(stop);
    const keeps = mark === this.#close && cursor.char(stop - 1) !== '\\' && this.#pairsWith(stop);
    if (keeps) this.#take();
    return !keeps;
  }

  /**
   * The next quote, or the delimiter before it at which what is being read could end. A comma counts only before the
   * first letter.
   */
  #nextStop(): number {
    const {places, place} = this.#cursor;
    let ends = '';
    if (places.includes('key')) ends += ':}';
    if (places.includes('value')) ends += '}';
    if (places.includes('item')) ends += ',]';
    let comma = place === 'value';
    for (let offset = 1; ; offset++) {
      const char = this.#cursor.char(offset);
      if (char === '' || char === this.#open || char === this.#close || ends.includes(char)) return offset;
      if (comma && isLetter(this.#cursor, offset)) comma = false;
      if (comma && char === ',') return offset;
    }
  }

  /** Whether the quote under the cursor and the next one, at an offset, both belong to the text. */
  #pairsWith(quote: number): boolean {
    const {place} = this.#cursor;
    if (place === 'value' && this.#nextKeyFollows(quote)) return true;
    if (this.#cursor.pastSpaces(1) === quote) return false;
    if (place === 'key') return true;
    return place === 'item' ? this.#pairsInItem(quote) : this.#pairsInValue(quote);
  }

  /** A comma and the next key follow a quote: that one is the end. */
  #nextKeyFollows(quote: number): boolean {
    const cursor = this.#cursor;
    let offset = cursor.pastSpaces(quote + 1);
    if (cursor.char(offset) !== ',') return false;
    offset = cursor.find(this.#open, offset + 1) + 1;
    offset = cursor.find(this.#close, offset + 1) + 1;
    return cursor.char(cursor.pastSpaces(offset)) === ':';
  }

  #pairsInValue(quote: number): boolean {
    const cursor = this.#cursor;
    let offset = cursor.find(this.#close, cursor.pastSpaces(quote + 1) + 1) + 1;
    while (!['', ':', ',', ']', '}', this.#close].includes(cursor.char(offset))) offset++;
    if (cursor.char(offset) === ':') return false;
    this.#inner = !this.#inner;
    return true;
  }

  /** An odd number of quotes follows up to the end of the list. */
  #pairsInItem(quote: number): boolean {
    const cursor = this.#cursor;
    const pairs = cursor.count(this.#close, quote + 1, cursor.find(']', quote + 1)) % 2 === 1;
    if (pairs) this.#inner = !this.#inner;
    return pairs;
  }
}
