const collator = new Intl.Collator('en', {numeric: true});

/** As people order names: numbers in them by size. */
export function compareTexts(a: string, b: string): number {
  return collator.compare(a, b);
}
