import {isPythonSpace, pythonTrimEnd} from '../../core/python/python-space.ts';
import {
  bareMemberFollows,
  endFollows,
  findStop,
  keyFollowsQuote,
  keyLacksQuote,
  quotedKeyFollows,
  startsNextKey,
  type Quotes,
} from './look-ahead.ts';
import {QUOTES, type TextCursor} from './text-cursor.ts';

const LITERALS: readonly (readonly [string, boolean | null])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
];

/**
 * Reads a text that may lack its quotes, or hold quotes that nobody escaped, or a bare literal. Leaves the cursor
 * behind it.
 *
 * The difficulty is one question, asked at each quote, comma and brace: does the text end here? It is answered by
 * looking ahead for what would follow if it did: a delimiter, or the next key with its colon.
 */
export function readLooseText(cursor: TextCursor): string | boolean | null {
  while (!cursor.isAtEnd() && !QUOTES.includes(cursor.char()) && !cursor.isAlphanumeric()) cursor.at++;
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
  readonly #quotes: Quotes;
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
    const open = opening === "'" || opening === '“' ? opening : '"';
    this.#quotes = {open, close: opening === '“' ? '”' : open};
  }

  read(): string {
    const cursor = this.#cursor;
    if (!this.#bare && cursor.char() === this.#quotes.open && this.#isEmpty()) return '';
    this.#body();
    if (this.#bare && cursor.place === 'key' && isPythonSpace(cursor.char())) {
      cursor.skipSpaces();
      if (![':', ','].includes(cursor.char())) return '';
    }
    const closed = cursor.char() === this.#quotes.close;
    if (closed) cursor.at++;
    return !closed || this.#bare || this.#last === '\n' ? pythonTrimEnd(this.#result) : this.#result;
  }

  /** At a second quote after the opening one: returns whether the text is empty; notes that quotes are doubled. */
  #isEmpty(): boolean {
    const cursor = this.#cursor;
    const after = cursor.char(1);
    const ends = {key: ':', value: ',}', item: ',]'}[cursor.place ?? 'value'];
    if (after !== '' && ends.includes(after)) {
      cursor.at++;
      return true;
    }
    if (after === this.#quotes.close) return true;
    const next = cursor.find(this.#quotes.close, 1);
    if (cursor.char(next + 1) === this.#quotes.close) {
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
    while (!cursor.isAtEnd() && cursor.char() !== this.#quotes.close) {
      if (this.#endsBefore(cursor.char())) return;
      if (this.#takeUnescaped()) continue;
      if (cursor.char() === ':' && !this.#bare && cursor.place === 'key' && keyLacksQuote(cursor, this.#quotes)) return;
      if (cursor.char() === this.#quotes.close && this.#last !== '\\' && this.#endsAtQuote()) return;
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

  /** Takes a character, or what a backslash and the next characters mean; returns true for the latter. */
  #takeUnescaped(): boolean {
    const cursor = this.#cursor;
    let meaning = cursor.char() === '\\' ? readEscape(cursor) : undefined;
    if (meaning === undefined) {
      this.#take();
      return false;
    }
    // Backslashes were escaped twice.
    while (meaning === '\\' && (cursor.char() === this.#quotes.close || cursor.char() === '\\')) {
      meaning = cursor.char();
      cursor.at++;
    }
    this.#append(meaning);
    return true;
  }

  /** Returns whether the text ends before a character that is no quote. */
  #endsBefore(char: string): boolean {
    const {place, places} = this.#cursor;
    if (this.#bare && place === 'key' && (char === ':' || isPythonSpace(char))) return true;
    if (this.#bare && place === 'item' && (char === ']' || char === ',')) return true;
    const afterQuote = this.#last === this.#quotes.close;
    if (place === 'value' && (char === ',' || (char === '}' && !afterQuote)) && this.#lacksQuoteAt(char)) return true;
    if (char === ']' && places.includes('item') && !afterQuote) {
      if (this.#cursor.char(this.#cursor.find(this.#quotes.close, 0)) === '') return true;
    }
    return place === 'value' && char === '}' && (afterQuote || !this.#braceIsOpen) && endFollows(this.#cursor);
  }

  /** At a comma or brace of a value: returns whether the closing quote was forgotten before it, by what follows. */
  #lacksQuoteAt(char: string): boolean {
    const cursor = this.#cursor;
    if (char === '}' && this.#braceIsOpen) return false;
    const quote = cursor.find(this.#quotes.close, 1);
    if (cursor.char(quote) === '') return this.#lacksQuoteWithoutMore(char);
    if (char === ',' && this.#bare && quotedKeyFollows(cursor)) return true;
    if (char === ',' && this.#quotes.close === "'" && bareMemberFollows(cursor)) return true;
    const follower = cursor.pastSpaces(quote + 1);
    if (['', ',', '}'].includes(cursor.char(follower))) return false;
    if (char === ',' && bareMemberFollows(cursor)) return true;
    const opening = cursor.find(this.#quotes.open, follower);
    if (cursor.char(opening) === '') return false;
    const next = cursor.char(cursor.pastSpaces(opening + 1));
    return next === ':' || (next === '' && char === '}');
  }

  /** Answers the same where no closing quote follows at all. */
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

  /**
   * At a quote like the one that would close the text: returns whether it does. If not, it has been taken as part of
   * the text.
   */
  #endsAtQuote(): boolean {
    const cursor = this.#cursor;
    if (this.#doubled && cursor.char(1) === this.#quotes.close) {
      cursor.at++;
      return false;
    }
    if (this.#bare && cursor.place === 'value') return startsNextKey(cursor, this.#quotes);
    if (this.#inner) {
      this.#inner = false;
      this.#take();
      return false;
    }
    return this.#closesQuoted();
  }

  /** Answers the same inside a quoted text, by the first delimiter that follows. */
  #closesQuoted(): boolean {
    const cursor = this.#cursor;
    const stop = findStop(cursor, this.#quotes);
    const mark = cursor.char(stop);
    const keeps = mark === this.#quotes.close && cursor.char(stop - 1) !== '\\' && this.#pairsWith(stop);
    if (keeps) this.#take();
    return !keeps;
  }

  /** Returns whether the quote under the cursor and the next one, at an offset, both belong to the text. */
  #pairsWith(quote: number): boolean {
    const {place} = this.#cursor;
    if (place === 'value' && keyFollowsQuote(this.#cursor, this.#quotes, quote)) return true;
    if (this.#cursor.pastSpaces(1) === quote) return false;
    if (place === 'key') return true;
    return place === 'item' ? this.#pairsInItem(quote) : this.#pairsInValue(quote);
  }

  #pairsInValue(quote: number): boolean {
    const cursor = this.#cursor;
    let offset = cursor.find(this.#quotes.close, cursor.pastSpaces(quote + 1) + 1) + 1;
    while (!['', ':', ',', ']', '}', this.#quotes.close].includes(cursor.char(offset))) offset++;
    if (cursor.char(offset) === ':') return false;
    this.#inner = !this.#inner;
    return true;
  }

  /** Returns whether an odd number of quotes follows up to the end of the list: this one then opens a pair. */
  #pairsInItem(quote: number): boolean {
    const cursor = this.#cursor;
    const pairs = cursor.count(this.#quotes.close, quote + 1, cursor.find(']', quote + 1)) % 2 === 1;
    if (pairs) this.#inner = !this.#inner;
    return pairs;
  }
}

const ESCAPES: Readonly<Record<string, string>> = {t: '\t', n: '\n', r: '\r', b: '\b', '\\': '\\'};

/** Reads a backslash and what it escapes; undefined, and reads nothing, where that means nothing. */
function readEscape(cursor: TextCursor): string | undefined {
  const char = cursor.char(1);
  if (Object.hasOwn(ESCAPES, char) || QUOTES.includes(char)) {
    cursor.at += 2;
    return ESCAPES[char] ?? char;
  }
  if (char !== 'u' && char !== 'x') return undefined;
  const digits = cursor.text.slice(cursor.at + 2, cursor.at + (char === 'u' ? 6 : 4));
  if (!(char === 'u' ? /^[\da-fA-F]{4}$/ : /^[\da-fA-F]{2}$/).test(digits)) return undefined;
  cursor.at += 2 + digits.length;
  return String.fromCharCode(parseInt(digits, 16));
}
