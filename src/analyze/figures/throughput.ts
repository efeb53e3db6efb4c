import type {Figure} from './figure.ts';
import {COLOURS, type ViewSpec} from './theme.ts';

const COLUMNS = ['from', 'seconds', 'conversations', 'conversations_per_minute'] as const;

/** Readable widths of bins, in seconds. */
const BIN_SECONDS = [
  0.1, 0.25, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400, 604_800,
];

const MOST_BINS = 60;

/**
 * Draws how many conversations ended when.
 *
 * @param times of their ends, in milliseconds since the epoch, in any order.
 */
export function throughputOverTime(times: readonly number[]): Figure | undefined {
  if (times.length < 2) return undefined;
  let first = Infinity;
  let last = -Infinity;
  for (const time of times) {
    first = Math.min(first, time);
    last = Math.max(last, time);
  }
  const span = Math.max(0.1, (last - first) / 1000);
  const width = BIN_SECONDS.find(seconds => span / seconds <= MOST_BINS - 1) ?? span / (MOST_BINS - 1);
  const counts: number[] = Array.from({length: Math.floor(span / width) + 1}, () => 0);
  for (const time of times) {
    const bin = Math.floor((time - first) / 1000 / width);
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  const rows = counts.map((count, bin) => {
    const from = new Date(first + bin * width * 1000).toISOString();
    return [from, width, count, round((count * 60) / width)] as const;
  });
  const mean = round((times.length * 60) / (counts.length * width));
  const peak = Math.max(...rows.map(([, , , rate]) => rate));
  return {
    name: 'throughput',
    title: 'Throughput over time',
    description:
      `Conversations that ended per minute, counted in bins of ${width} s (UTC): ${mean} on average, at most ${peak}. ` +
      'Failed and repeated conversations count too: they were work. Gaps are times in which nothing ended.',
    columns: COLUMNS,
    rows,
    draw: arrangement => draw(rows, {width: arrangement === 'wide' ? 620 : 200, seconds: width}),
  };
}

function round(value: number): number {
  return Number(value.toPrecision(4));
}

function draw(
  rows: readonly (readonly [string, number, number, number])[],
  {width, seconds}: {readonly width: number; readonly seconds: number},
): ViewSpec {
  const values = rows.map(([from, length, , rate]) => ({
    from,
    to: new Date(Date.parse(from) + length * 1000).toISOString(),
    rate,
  }));
  const time = {
    type: 'temporal',
    timeUnit: 'utcyearmonthdatehoursminutessecondsmilliseconds',
    title: 'time of end (UTC)',
    axis: {tickCount: Math.floor(width / 90), labelFlush: true, format: seconds >= 3600 ? '%d %b %H:%M' : '%H:%M:%S'},
  };
  return {
    width,
    height: 150,
    data: {values},
    mark: {type: 'bar', color: COLOURS.blue, binSpacing: 0, stroke: null},
    encoding: {
      x: {...time, field: 'from'},
      x2: {field: 'to'},
      y2: {datum: 0},
      y: {field: 'rate', type: 'quantitative', title: 'conversations / min', axis: {tickCount: 4}},
    },
  };
}
