/**
 * Control characters, signs that turn the direction of what follows them (Unicode's embeddings, overrides and
 * isolates), its line ends, and spaces of no width, by which two names differ that look the same. Joiners stay: emoji
 * and scripts are written with them.
 */
const INVISIBLE = /[\p{Cc}\u200b\u2028-\u202e\u2060\u2066-\u2069\ufeff]/gu;

/**
 * Text of models, questions and configs as a terminal or a page may have it: what would move the cursor, hide lines,
 * rename the window or turn a line round stands there as it is written, `\x1b`. Line ends and tabs stay.
 */
export function escapeInvisible(text: string): string {
  return text.replace(INVISIBLE, sign => (sign === '\n' || sign === '\t' ? sign : escapeCharacter(sign)));
}

/** The same on one line, for a cell of a table. */
export function escapeInvisibleOnOneLine(text: string): string {
  return text.replace(INVISIBLE, escapeCharacter);
}

function escapeCharacter(sign: string): string {
  if (sign === '\n') return '\\n';
  if (sign === '\t') return '\\t';
  const code = sign.charCodeAt(0).toString(16);
  return code.length <= 2 ? `\\x${code.padStart(2, '0')}` : `\\u${code}`;
}
