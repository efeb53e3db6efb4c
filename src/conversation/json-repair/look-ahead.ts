import type {TextCursor} from './text-cursor.ts';

/** The quotes that open and close a text. */
export interface Quotes {
  readonly open: string;
  readonly close: string;
}

/** At a comma: returns whether a key in quotes of one kind or the other follows, with its colon. */
export function quotedKeyFollows(cursor: TextCursor): boolean {
  const key = /,\s*(["'])[^"']*\1\s*:/y;
  key.lastIndex = cursor.at;
  return key.test(cursor.text);
}

/** At a comma: returns whether a key without quotes follows, with its colon and something that can be a value. */
export function bareMemberFollows(cursor: TextCursor): boolean {
  const member = /,\s*[\p{L}\p{N}_-]+\s*:/uy;
  member.lastIndex = cursor.at;
  const found = member.exec(cursor.text);
  return found !== null && isPlausibleValue(cursor, cursor.pastSpaces(found[0].length));
}

/**
 * Returns whether the text at an offset begins like a value, or is words up to a closing brace. Words up to a quote are
 * more likely a sentence with a colon in it.
 */
function isPlausibleValue(cursor: TextCursor, offset: number): boolean {
  const start = cursor.text.slice(cursor.at + offset, cursor.at + offset + 6);
  if (/^["'“”\d{[-]/.test(start) || /^(?:true|false|null)(?![\p{L}\p{N}_])/u.test(start)) return true;
  const brace = cursor.find('}', offset);
  return cursor.char(brace) !== '' && brace < cursor.find('"', offset) && brace < cursor.find("'", offset);
}

/** At a closing brace: returns whether the end of the text or of a fence follows. */
export function endFollows(cursor: TextCursor): boolean {
  const next = cursor.pastSpaces(1);
  return cursor.char(next) === '' || cursor.text.startsWith('```', cursor.at + next);
}

/** At a colon of a quoted key: returns whether the key's closing quote was forgotten before it. */
export function keyLacksQuote(cursor: TextCursor, {open, close}: Quotes): boolean {
  const opening = cursor.find(open, 1);
  if (cursor.char(opening) === '') return true;
  const closing = cursor.find(close, opening + 1);
  if (cursor.char(closing) === '') return false;
  const next = cursor.char(cursor.pastSpaces(closing + 1));
  return next === ',' || next === '}';
}

/** At a quote after bare words: returns whether it opens the next key. */
export function startsNextKey(cursor: TextCursor, {open, close}: Quotes): boolean {
  let quote = 1;
  while (!['', open, close].includes(cursor.char(quote))) quote++;
  return cursor.char(quote) !== '' && cursor.char(cursor.pastSpaces(quote + 1)) === ':';
}

/**
 * Returns the offset of the next quote, or of the delimiter before it at which what is being read could end. A comma
 * counts only before the first letter.
 */
export function findStop(cursor: TextCursor, {open, close}: Quotes): number {
  const {places, place} = cursor;
  let ends = '';
  if (places.includes('key')) ends += ':}';
  if (places.includes('value')) ends += '}';
  if (places.includes('item')) ends += ',]';
  let comma = place === 'value';
  for (let offset = 1; ; offset++) {
    const char = cursor.char(offset);
    if (char === '' || char === open || char === close || ends.includes(char)) return offset;
    if (comma && cursor.isLetter(offset)) comma = false;
    if (comma && char === ',') return offset;
  }
}

/** Returns whether a comma and the next key follow the quote at an offset: that quote is the end of a value. */
export function keyFollowsQuote(cursor: TextCursor, {open, close}: Quotes, quote: number): boolean {
  let offset = cursor.pastSpaces(quote + 1);
  if (cursor.char(offset) !== ',') return false;
  offset = cursor.find(open, offset + 1) + 1;
  offset = cursor.find(close, offset + 1) + 1;
  return cursor.char(cursor.pastSpaces(offset)) === ':';
}
