/**
 * One character of white space as Python sees it: `str.isspace()`, `str.split()`, `\s`. It has U+001C–1F and U+0085,
 * and not U+FEFF.
 */
const SPACE = /^[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]$/;

export function isPythonSpace(char: string): boolean {
  return SPACE.test(char);
}

/** Does Python's `text.split()`: returns the words between white space, none of them empty. */
export function pythonWords(text: string): string[] {
  return text
    .split(/[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/)
    .filter(word => word !== '');
}

/** Does Python's `text.rstrip()`. */
export function pythonTrimEnd(text: string): string {
  let end = text.length;
  while (isPythonSpace(text.charAt(end - 1))) end--;
  return text.slice(0, end);
}

/** Does Python's `text.strip()`. */
export function pythonTrim(text: string): string {
  let start = 0;
  while (isPythonSpace(text.charAt(start))) start++;
  return pythonTrimEnd(text.slice(start));
}
