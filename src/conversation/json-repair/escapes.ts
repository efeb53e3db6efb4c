import type {TextCursor} from './text-cursor.ts';

/** Whatever opens a text. */
export const QUOTES: readonly string[] = ['"', "'", '“', '”'];

const ESCAPES: Readonly<Record<string, string>> = {t: '\t', n: '\n', r: '\r', b: '\b', '\\': '\\'};

/** At a backslash: what it and the next characters mean, read; undefined, and nothing read, where they mean nothing. */
export function readEscape(cursor: TextCursor): string | undefined {
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
