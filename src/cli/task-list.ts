/** Task numbers `first` to `last`, both included. */
export interface TaskRange {
  readonly first: number;
  readonly last: number;
}

/**
 * `3,7-12` → ranges; kept as ranges because `0-999999` is a legal request.
 *
 * @returns undefined when the text is no such list.
 */
export function parseTaskList(text: string): TaskRange[] | undefined {
  const ranges: TaskRange[] = [];
  for (const part of text.split(',')) {
    const match = /^\s*(\d{1,15})(?:\s*-\s*(\d{1,15}))?\s*$/.exec(part);
    const first = Number(match?.[1]);
    const last = Number(match?.[2] ?? match?.[1]);
    if (!match || last < first) return undefined;
    ranges.push({first, last});
  }
  return ranges;
}

/** The list as it is typed. */
export function formatTaskList(ranges: readonly TaskRange[]): string {
  return ranges.map(({first, last}) => (first === last ? String(first) : `${first}-${last}`)).join(',');
}

/** Whether a list asks for task `index`; no list asks for all. */
export function isWanted(index: number, ranges: readonly TaskRange[] | undefined): boolean {
  return !ranges || ranges.some(range => index >= range.first && index <= range.last);
}
