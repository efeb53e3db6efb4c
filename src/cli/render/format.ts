import {escapeInvisibleOnOneLine} from '../../core/text/visible.ts';

/** Returns a duration as `0:04`, `12:31`, `3:02:07`, `2 d 3:02:07`. */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const days = Math.floor(seconds / 86_400);
  const hours = Math.floor((seconds % 86_400) / 3_600);
  const minutes = Math.floor((seconds % 3_600) / 60);
  const tail = String(seconds % 60).padStart(2, '0');
  const clock = days > 0 || hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${tail}` : `${minutes}:${tail}`;
  return days > 0 ? `${days} d ${clock}` : clock;
}

/** Returns a rate as `12.3/s`, slow ones as `4/min`. */
export function formatRate(perSecond: number): string {
  if (perSecond >= 100) return `${Math.round(perSecond)}/s`;
  if (perSecond >= 1) return `${perSecond.toFixed(1)}/s`;
  return `${(perSecond * 60).toFixed(1)}/min`;
}

/** Returns a bar of `width` cells, a `share` (0…1) of them full. */
export function formatBar(share: number, width: number): string {
  const full = Math.round(Math.min(1, Math.max(0, share)) * width);
  return '█'.repeat(full) + '░'.repeat(width - full);
}

/** Pads all columns but the last to their widest cell, with two spaces between. Escapes line breaks in cells. */
export function formatTable(table: readonly (readonly string[])[]): string {
  const rows = table.map(row => row.map(escapeInvisibleOnOneLine));
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, cell.length)));
  return rows
    .map(row => row.map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i] ?? 0))).join('  '))
    .map(line => `${line.trimEnd()}\n`)
    .join('');
}

/** Breaks a line at spaces, none wider than `columns`; later parts are indented. 0 columns: whole lines. */
export function wrapLine(line: string, columns: number, indent = '    '): string[] {
  if (columns <= 0 || line.length <= columns) return [line];
  const first = line.slice(0, columns + 1);
  const start = /^ */.exec(line)?.[0].length ?? 0;
  const space = first.lastIndexOf(' ');
  // A word that is wider than the terminal is broken; what is only indentation is no word.
  const end = space > Math.max(start, indent.length) ? space : columns;
  const rest = line.slice(end).trimStart();
  const head = line.slice(0, end).trimEnd();
  return rest === '' ? [head] : [head, ...wrapLine(`${indent}${rest}`, columns, indent)];
}

/** Matches a row of a table: two spaces or more lie between its cells. */
const ROW = /\S {2,}\S/;

/** Breaks sentences for a narrow terminal. Rows of tables stay whole, as do all lines for files and pipes. */
export function wrapProse(text: string, {isTerminal, columns}: {isTerminal: boolean; columns: number}): string {
  if (!isTerminal || columns <= 1) return text;
  // The spaces after a bullet do not make a row.
  const isRow = (line: string): boolean => ROW.test(line.replace(/^\s*\W\s+/, ''));
  return text
    .split('\n')
    .flatMap(line => (isRow(line) ? [line] : wrapLine(line, columns)))
    .join('\n');
}
