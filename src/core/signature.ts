/** Returns a text by which equal causes are found: they differ in numbers, addresses and paths only. */
export function failureSignature(cause: string): string {
  return cause
    .split('\n', 1)
    .join('')
    .replace(/\/[^\s:]+/g, '/…')
    .replace(/0x[0-9a-f]+/gi, '#')
    .replace(/\d+/g, '#')
    .trim()
    .toLowerCase();
}
