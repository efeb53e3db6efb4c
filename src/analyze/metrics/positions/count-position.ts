import {goldAnswer, type Benchmark, type Counter} from '../benchmark.ts';
import {shownChoiceIds, type Discussion} from '../discussion/discussion.ts';

/**
 * Counts at which of the shown positions an answer stands, and where the right one did. Answers that name no choice
 * have no position.
 */
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
