/** A table of the page. All texts are plain: the template escapes them. */
export interface TableView {
  readonly caption: string;
  readonly head: readonly HeadView[];
  readonly rows: readonly (readonly CellView[])[];
  /** Explanations of marks in cells, and other notes. */
  readonly notes: readonly string[];
}

export interface HeadView {
  readonly text: string;
  readonly isNumber: boolean;
}

export interface CellView {
  readonly text: string;
  /** Smaller, below it. */
  readonly detail: string;
  readonly isNumber: boolean;
  /** Names its row. */
  readonly isHeader: boolean;
}

export function textCell(value: string): CellView {
  return {text: value, detail: '', isNumber: false, isHeader: false};
}

export function headerCell(value: string): CellView {
  return {text: value, detail: '', isNumber: false, isHeader: true};
}

export function numberCell(value: string, detail = ''): CellView {
  return {text: value, detail, isNumber: true, isHeader: false};
}

/** Returns a number of `formatDecimal` with a real minus sign. */
export function withMinusSign(text: string): string {
  return text.replaceAll('-', '\u2212');
}

/** @param numbers names of the columns that hold numbers. */
export function heads(names: readonly string[], numbers: ReadonlySet<string> = new Set()): HeadView[] {
  return names.map(name => ({text: name, isNumber: numbers.has(name)}));
}

/** `2026-11-21T15:04:25.372000Z` → `2026-11-21 15:04:25 UTC`; other texts stay. */
export function formatTimestamp(timestamp: string): string {
  const match = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?Z$/.exec(timestamp);
  return match ? `${match[1]} ${match[2]} UTC` : timestamp;
}
