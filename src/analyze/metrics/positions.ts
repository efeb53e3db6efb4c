import {SHARE, type Metric, type Sums} from './metric.ts';
import {goldAnswer, type Benchmark} from './benchmark.ts';
import type {Counter} from './count-table.ts';
import {shownChoiceIds, type Discussion} from './discussion/discussion.ts';

/** Prefix of the ids of these metrics. */
export const POSITION = 'position:';

const N = 'position_n:of ';

/** Returns shares of answers at every shown position, by number of choices. @param columns that were counted. */
export function positionMetrics(columns: Iterable<string>): Metric[] {
  const sizes = [...columns].filter(column => column.startsWith(N)).map(column => Number(column.slice(N.length)));
  return sizes
    .sort((a, b) => a - b)
    .flatMap(size => Array.from({length: size}, (_, place) => positionMetric(place + 1, size)));
}

function positionMetric(place: number, size: number): Metric {
  const name = `${place} of ${size}`;
  const part = (sums: Sums): number => sums[0] ?? 0;
  const n = (sums: Sums): number => sums[1] ?? 0;
  return {
    id: `${POSITION}${name}`,
    label: `answers at shown position ${name}`,
    columns: [
      `position:${name}`,
      `${N}${size}`,
      `position_graded:of ${size}`,
      `position_gold:${name}`,
      `position_right:of ${size}`,
    ],
    range: SHARE,
    interval: 'proportion',
    value: sums => (n(sums) === 0 ? 'no valid answer to a question with so many choices' : part(sums) / n(sums)),
    n,
    share: {successes: part, n},
    expected: sums => expectedShare(size, sums),
  };
}

/**
 * The share of a position for an answerer that looks at what stands there and not at where: right answers are where the
 * right ones were shown, wrong ones anywhere else alike. Of questions without a right answer every position has the
 * same share.
 */
function expectedShare(size: number, sums: Sums): number {
  const [, n = 0, graded = 0, golds = 0, right = 0] = Array.from(sums);
  const ungraded = (n - graded) / size;
  if (graded === 0) return ungraded / n;
  const atGold = golds / graded;
  return (right * atGold + ((graded - right) * (1 - atGold)) / (size - 1) + ungraded) / n;
}

/** Counts the shown positions of an answer and of the right one. Answers that name no choice have none. */
export function countPosition(
  discussion: Discussion,
  answer: string | null,
  benchmark: Benchmark,
  count: Counter,
): void {
  const shown = shownChoiceIds(discussion);
  const place = answer === null ? -1 : shown.indexOf(answer);
  if (place < 0 || shown.length < 2) return;
  const of = `of ${shown.length}`;
  count(`position_n:${of}`);
  count(`position:${place + 1} ${of}`);
  const gold = shown.indexOf(goldAnswer(benchmark, discussion.question) ?? '');
  if (gold < 0) return;
  count(`position_graded:${of}`);
  count(`position_gold:${gold + 1} ${of}`);
  if (gold === place) count(`position_right:${of}`);
}
