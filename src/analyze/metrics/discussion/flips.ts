import {goldAnswer, type Benchmark} from '../benchmark.ts';
import type {Counter} from '../count-table.ts';
import {proportion, type Metric} from '../metric.ts';
import type {Discussion, Step} from './discussion.ts';

/** Counts one step: whether the answer changed, and from what to what. */
export function countFlip({question}: Discussion, {before, after}: Step, benchmark: Benchmark, count: Counter): void {
  const gold = goldAnswer(benchmark, question);
  count('steps');
  if (gold !== null) count('graded_steps');
  if (before === after) return;
  count('flips');
  if (gold !== null) {
    if (before === gold) count('correct_to_wrong');
    else count(after === gold ? 'wrong_to_correct' : 'wrong_to_wrong');
  }
  const kind = benchmark.classifyAnswer?.(question, after);
  if (kind) count(`to_${kind}`);
}

/** Shares of all steps between rounds in which both answers are valid. */
export function flipMetrics(benchmark: Benchmark): Metric[] {
  const share = (id: string, part: string, label: string): Metric =>
    proportion({id, label, part, of: 'steps', nothing: 'no agent answered in two rounds'});
  const graded = (id: string, part: string, label: string): Metric =>
    proportion({
      id,
      label,
      part,
      of: 'graded_steps',
      nothing: 'no agent answered a question with a right answer twice',
    });
  return [
    share('flip_rate', 'flips', 'answer changed from a round to the next'),
    ...(benchmark.hasGold
      ? [
          graded('flip_correct_to_wrong', 'correct_to_wrong', 'changed from right to wrong'),
          graded('flip_wrong_to_correct', 'wrong_to_correct', 'changed from wrong to right'),
          graded('flip_wrong_to_wrong', 'wrong_to_wrong', 'changed from wrong to wrong'),
        ]
      : []),
    ...(benchmark.classifyAnswer
      ? [
          share('flip_to_biased', 'to_biased', 'changed to the stereotyped answer'),
          share('flip_to_counter', 'to_counter', 'changed to the answer against the stereotype'),
          share('flip_to_unknown', 'to_unknown', 'changed to "unknown"'),
        ]
      : []),
  ];
}
