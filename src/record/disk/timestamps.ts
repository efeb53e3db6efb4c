/**
 * Renders `2025-12-10T09:08:07.123456Z`: UTC with microseconds, as in JSON records.
 *
 * @param epochMs milliseconds since the Unix epoch; a fractional part gives the microseconds.
 */
export function jsonTimestamp(epochMs: number): string {
  const wholeMs = Math.floor(epochMs);
  const micros = Math.floor((epochMs - wholeMs) * 1000);
  return `${new Date(wholeMs).toISOString().slice(0, -1)}${String(micros).padStart(3, '0')}Z`;
}

/** Renders `20251210T090807.123Z`: UTC, milliseconds truncated, as in file names and for `{runtime.timestamp}`. */
export function fileTimestamp(epochMs: number): string {
  return new Date(Math.floor(epochMs)).toISOString().replace(/[-:]/g, '');
}

const TIMESTAMP = /^(\d{4})-?(\d{2})-?(\d{2})T(\d{2}):?(\d{2}):?(\d{2})(?:\.(\d{1,6}))?Z$/;

/** Reads both forms back to milliseconds since the epoch (microseconds as a fraction); undefined for anything else. */
export function parseTimestamp(text: string): number | undefined {
  const match = TIMESTAMP.exec(text);
  if (!match) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const ms = Date.UTC(year, month - 1, day, hour, minute, second);
  return Number.isNaN(ms) ? undefined : ms + Number((match[7] ?? '').padEnd(6, '0')) / 1000;
}
