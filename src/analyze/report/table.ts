/** A table of the page. All texts are plain: the template escapes them. */
export interface TableView {
  readonly caption: string;
  readonly head: readonly HeadView[];
  readonly rows: readonly (readonly CellView[])[];
  /** What marks in cells mean, and what else must be known to read it. */
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

/** @param numbers names of the columns that hold numbers. */
export function heads(names: readonly string[], numbers: ReadonlySet<string> = new Set()): HeadView[] {
  return names.map(name => ({text: name, isNumber: numbers.has(name)}));
}

/** 12345 → `12,345`. */
export function formatInteger(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** Three decimals, with a real minus sign, and never −0. */
export function formatDecimal(value: number): string {
  const written = value.toFixed(3);
  return (Number(written) === 0 ? (0).toFixed(3) : written).replace('-', '\u2212');
}

/** `2026-11-21T15:04:25.372000Z` → `2026-11-21 15:04:25 UTC`; other texts stay. */
export function formatTimestamp(timestamp: string): string {
  const match = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?Z$/.exec(timestamp);
  return match ? `${match[1]} ${match[2]} UTC` : timestamp;
}

/** The first few of a list, and how many more there are. */
export function truncateList(values: readonly string[], most: number): string {
  const left = values.length - most;
  return left > 0 ? `${values.slice(0, most).join(', ')} … and ${formatInteger(left)} more` : values.join(', ');
}

/** `1 task`, `2 tasks`. */
export function count(n: number, one: string, many = `${one}s`): string {
  return `${formatInteger(n)} ${n === 1 ? one : many}`;
}
