/** Returns a whole number for people: 12345 → `12,345`. */
export function formatInteger(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** Returns three decimals, and never −0. */
export function formatDecimal(value: number): string {
  const written = value.toFixed(3);
  return Number(written) === 0 ? '0.000' : written;
}

/** Returns three decimals, or three digits where these would hide a small number: 0.0000123. */
export function formatSignificant(value: number): string {
  const isSmall = value !== 0 && Math.abs(value) < 0.01 && Math.abs(value) > ROUNDED_TO_ZERO;
  return isSmall ? String(Number(value.toPrecision(3))) : formatDecimal(value);
}

/** Sums that cancel out leave this much. */
const ROUNDED_TO_ZERO = 1e-12;

/** Returns a p-value with four decimals; a dash where there is none. */
export function formatProbability(p: number | null): string {
  if (p === null) return '–';
  return p < 0.0001 ? '<0.0001' : p.toFixed(4);
}

/** Returns `1 task`, `2 tasks`. */
export function count(n: number, one: string, many = `${one}s`): string {
  return `${formatInteger(n)} ${n === 1 ? one : many}`;
}

/** Returns the first few of a list, and how many more there are. */
export function truncateList(values: readonly string[], most: number): string {
  const left = values.length - most;
  return left > 0 ? `${values.slice(0, most).join(', ')} … and ${formatInteger(left)} more` : values.join(', ');
}

/** Returns `3 h 20 min`; in seconds below two minutes. */
export function describeSeconds(seconds: number): string {
  if (seconds === Infinity) return 'no limit';
  if (seconds < 120) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  const [days, hours, rest] = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24, minutes % 60];
  const parts = [
    days > 0 ? `${days} d` : '',
    hours > 0 ? `${hours} h` : '',
    rest > 0 && days === 0 ? `${rest} min` : '',
  ];
  return parts.filter(Boolean).join(' ');
}

/** A number that was measured, with its interval, or the reasons for which either is missing. */
export interface Measured {
  readonly value: number | null;
  readonly reason: string | null;
  readonly interval: readonly [number, number] | null;
  readonly interval_reason: string | null;
  /** Of a metric of any size: three decimals may hide it. */
  readonly isOfAnySize?: boolean;
}

/** A measured number in words, as a table of text or of a page shows it. */
export interface MeasuredText {
  readonly value: string;
  /** Empty where there is no value. */
  readonly interval: string;
  /** The reason for a missing value or interval, for a footnote. */
  readonly footnote: string | null;
}

/** Returns what any table shows of a measured number. */
export function describeMeasured({
  value,
  reason,
  interval,
  interval_reason: noInterval,
  isOfAnySize = false,
}: Measured): MeasuredText {
  const format = isOfAnySize ? formatSignificant : formatDecimal;
  if (value === null) return {value: '–', interval: '', footnote: reason ?? 'not defined'};
  const text = format(value);
  if (!interval) return {value: text, interval: '[–]', footnote: `no interval: ${noInterval}`};
  return {value: text, interval: `[${format(interval[0])}, ${format(interval[1])}]`, footnote: null};
}

/** Shortens a text to `width` characters on one line, with an ellipsis for the rest. */
export function shorten(text: string, width: number): string {
  const flat = text.replace(/\s+/g, ' ');
  return flat.length <= width ? flat : `${flat.slice(0, Math.max(0, width - 1))}…`;
}
