/** Control characters, and signs that turn the direction of what follows them (Unicode's embeddings, overrides and isolates). */
const INVISIBLE = /[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu;

/**
 * Text of models, questions and configs as a terminal may have it: what would move the cursor, hide lines, rename the window or turn a line round stands
 * there as it is written, `\x1b`. Line ends and tabs stay.
 */
export function visible(text: string): string {
  return text.replace(INVISIBLE, sign => (sign === '\n' || sign === '\t' ? sign : written(sign)));
}

/** The same on one line, for a cell of a table. */
export function visibleOnOneLine(text: string): string {
  return text.replace(INVISIBLE, written);
}

function written(sign: string): string {
  if (sign === '\n') return '\\n';
  if (sign === '\t') return '\\t';
  const code = sign.charCodeAt(0).toString(16);
  return code.length <= 2 ? `\\x${code.padStart(2, '0')}` : `\\u${code}`;
}
