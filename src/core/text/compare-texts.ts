const collator = new Intl.Collator('en', {numeric: true});

/** As people order names: numbers in them by size. */
export function compareTexts(a: string, b: string): number {
  return collator.compare(a, b);
}

/** Compares lists of equal length by their first texts that differ. */
export function compareTextLists(a: readonly string[], b: readonly string[]): number {
  for (const [i, text] of a.entries()) {
    const order = compareTexts(text, b[i] ?? '');
    if (order !== 0) return order;
  }
  return 0;
}
