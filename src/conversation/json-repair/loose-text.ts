import {isSpace, type TextCursor} from './text-cursor.ts';

/** Whatever opens a text. */
export const QUOTES: readonly string[] = ['"', "'", '“', '”'];

const ESCAPES: Readonly<Record<string, string>> = {t: '\t', n: '\n', r: '\r', b: '\b', '\\': '\\'};
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
 * Reads a text that may lack its quotes, or hold quotes that nobody escaped, or a bare literal. Leaves the cursor behind it.
 *
 * The difficulty is one question, asked at each quote, comma and brace: does the text end here? It is answered by looking ahead for what would follow if
 * it did: a delimiter, or the next key with its colon.
 */
export function readLooseText(cursor: TextCursor): string | boolean | null {
  while (!cursor.atEnd && !QUOTES.includes(cursor.char()) && !isAlphanumeric(cursor)) cursor.at++;
  if (cursor.atEnd) return '';
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
    if (this.#bare && cursor.place === 'key' && isSpace(cursor.char())) {
      cursor.skipSpaces();
      if (![':', ','].includes(cursor.char())) return '';
    }
    const closed = cursor.char() === this.#close;
    if (closed) cursor.at++;
    return !closed || this.#bare || this.#result.endsWith('\n') ? trimEnd(this.#result) : this.#result;
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
    while (!cursor.atEnd && cursor.char() !== this.#close) {
      if (this.#endsBefore(cursor.char())) return;
      this.#take();
      if (this.#unescape()) continue;
      if (cursor.char() === ':' && !this.#bare && cursor.place === 'key' && this.#keyLacksQuote()) return;
      if (cursor.char() === this.#close && !this.#result.endsWith('\\') && this.#endsAtQuote()) return;
    }
  }

  #take(): void {
    this.#result += this.#cursor.char();
    this.#cursor.at++;
  }

  /** Turns the backslash just taken and what follows it into what they mean; false where they mean nothing. */
  #unescape(): boolean {
    if (!this.#result.endsWith('\\')) return false;
    const cursor = this.#cursor;
    const char = cursor.char();
    if (char === this.#close || char in ESCAPES) {
      this.#replaceBackslash(ESCAPES[char] ?? char, 1);
      while (
        this.#result.endsWith('\\') &&
        (cursor.char() === this.#close || cursor.char() === '\\') &&
        !cursor.atEnd
      ) {
        this.#replaceBackslash(cursor.char(), 1);
      }
      return true;
    }
    if (char === 'u' || char === 'x') {
      const length = char === 'u' ? 4 : 2;
      const digits = cursor.text.slice(cursor.at + 1, cursor.at + 1 + length);
      if (digits.length < length || !/^[0-9a-fA-F]+$/.test(digits)) return false;
      this.#replaceBackslash(String.fromCharCode(parseInt(digits, 16)), 1 + length);
      return true;
    }
    if (!QUOTES.includes(char) || char === '') return false;
    this.#replaceBackslash(char, 1);
    return true;
  }

  #replaceBackslash(meaning: string, length: number): void {
    this.#result = this.#result.slice(0, -1) + meaning;
    this.#cursor.at += length;
  }

  /** Whether the text ends before a character that is no quote. */
  #endsBefore(char: string): boolean {
    const {place, places} = this.#cursor;
    if (this.#bare && place === 'key' && (char === ':' || isSpace(char))) return true;
    if (this.#bare && place === 'item' && (char === ']' || char === ',')) return true;
    const afterQuote = this.#result.endsWith(this.#close);
    if (place === 'value' && (char === ',' || (char === '}' && !afterQuote)) && this.#lacksQuoteAt(char)) return true;
    if (char === ']' && places.includes('item') && !afterQuote) {
      if (this.#cursor.char(this.#cursor.find(this.#close, 0)) === '') return true;
    }
    return place === 'value' && char === '}' && (afterQuote || !this.#hasOpenBrace()) && this.#endsAtBrace();
  }

  /** At a comma or brace of a value: whether the closing quote was forgotten before it, judged by what follows. */
  #lacksQuoteAt(char: string): boolean {
    const cursor = this.#cursor;
    if (char === '}' && this.#hasOpenBrace()) return false;
    const quote = cursor.find(this.#close, 1);
    if (cursor.char(quote) === '') return this.#lacksQuoteWithoutMore(char);
    if (char === ',' && this.#bare && this.#quotedKeyFollows()) return true;
    if (char === ',' && this.#close === "'" && this.#bareMemberFollows(0)) return true;
    const follower = cursor.pastSpaces(quote + 1);
    if (['', ',', '}'].includes(cursor.char(follower))) return false;
    if (char === ',' && this.#bareMemberFollows(0)) return true;
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
    if (this.#quotedKeyFollows() || this.#bareMemberFollows(0)) return true;
    // A comma at the very end, or before the brace that ends the object.
    this.#comma = colonFollows || brace > start;
    return !this.#comma;
  }

  /** At a comma: a key in quotes of one kind or the other, and its colon. */
  #quotedKeyFollows(): boolean {
    const key = /,\s*(["'])[^"']*\1\s*:/y;
    key.lastIndex = this.#cursor.at;
    return key.test(this.#cursor.text);
  }

  /** At the comma at an offset: a key without quotes, its colon, and something that can be a value. */
  #bareMemberFollows(comma: number): boolean {
    const {text, at} = this.#cursor;
    const member = /,\s*[\p{L}\p{N}_-]+\s*:/uy;
    member.lastIndex = at + comma;
    const found = member.exec(text);
    return found !== null && this.#isPlausibleValue(this.#cursor.pastSpaces(comma + found[0].length));
  }

  #isPlausibleValue(offset: number): boolean {
    const {text, at} = this.#cursor;
    const start = text.slice(at + offset, at + offset + 6);
    if (/^["'“”\d{[-]/.test(start) || /^(?:true|false|null)(?![\p{L}\p{N}_])/u.test(start)) return true;
    const brace = this.#cursor.find('}', offset);
    return (
      this.#cursor.char(brace) !== '' &&
      brace < this.#cursor.find('"', offset) &&
      brace < this.#cursor.find("'", offset)
    );
  }

  #hasOpenBrace(): boolean {
    return this.#result.lastIndexOf('{') > this.#result.lastIndexOf('}');
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

  /** At a quote like the one that would close the text: whether it does. If not, it has been taken as part of the text. */
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

  /** The next quote, or the delimiter before it at which what is being read could end. A comma counts only before the first letter. */
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

  #pairsInItem(quote: number): boolean {
    const cursor = this.#cursor;
    let even = false;
    let offset = quote;
    for (;;) {
      offset = Math.min(cursor.find(this.#close, offset + 1), cursor.find(']', offset + 1));
      if (cursor.char(offset) !== this.#close) break;
      even = !even;
    }
    if (even) this.#inner = !this.#inner;
    return even;
  }
}

/** As Python's `rstrip()`. */
function trimEnd(text: string): string {
  let end = text.length;
  while (isSpace(text.charAt(end - 1))) end--;
  return text.slice(0, end);
}
