/**
 * Levels of nesting that are read: whatever reads the value later recurses, and Python's own parser gives up at about
 * twice this depth.
 */
const MAX_DEPTH = 500;

/**
 * Reads JSON as Python's `json.loads` does, which also knows NaN, Infinity and -Infinity. Undefined when the text is no
 * JSON or nests deeper than 500 levels. Whole numbers beyond 2^53 lose their last digits.
 */
export function parsePythonJson(text: string): {readonly value: unknown} | undefined {
  const value = parseOrUndefined(text) ?? parseWithSpecials(text);
  return value && !nestsDeeper(value.value, MAX_DEPTH) ? value : undefined;
}

function parseOrUndefined(
  text: string,
  reviver?: (key: string, value: unknown) => unknown,
): {value: unknown} | undefined {
  try {
    return {value: JSON.parse(text, reviver) as unknown};
  } catch {
    return undefined;
  }
}

/** Marks a special number for the reviver; no JSON text can hold the character itself. */
const SPECIAL = '\u0000number';

function parseWithSpecials(text: string): {value: unknown} | undefined {
  if (!/NaN|Infinity/.test(text)) return undefined;
  return parseOrUndefined(withMarkedSpecials(text), (_key, value) => {
    if (value === null || typeof value !== 'object' || !Object.hasOwn(value, SPECIAL)) return value;
    return Number((value as Record<string, unknown>)[SPECIAL]);
  });
}

function withMarkedSpecials(text: string): string {
  const token = /"|-?Infinity|NaN/g;
  let marked = '';
  let copied = 0;
  for (let found = token.exec(text); found; found = token.exec(text)) {
    if (found[0] === '"') {
      token.lastIndex = endOfString(text, token.lastIndex);
    } else {
      marked += text.slice(copied, found.index) + JSON.stringify({[SPECIAL]: found[0]});
      copied = token.lastIndex;
    }
  }
  return marked + text.slice(copied);
}

/**
 * Returns the position behind the quote that closes a string whose content begins at `start`; the end of the text if
 * none does.
 */
function endOfString(text: string, start: number): number {
  for (let quote = text.indexOf('"', start); quote >= 0; quote = text.indexOf('"', quote + 1)) {
    let backslashes = 0;
    while (quote - backslashes > start && text.charAt(quote - 1 - backslashes) === '\\') backslashes++;
    if (backslashes % 2 === 0) return quote + 1;
  }
  return text.length;
}

function nestsDeeper(value: unknown, depth: number): boolean {
  if (value === null || typeof value !== 'object') return false;
  return depth === 0 || Object.values(value).some(member => nestsDeeper(member, depth - 1));
}
