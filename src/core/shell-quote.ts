/** One word of shell text: whatever stands in it stays data. Plain words stay as they are, so that people can read them. */
export function shellQuote(word: string): string {
  return /^[\w./:@%+=,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
