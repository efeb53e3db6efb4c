import {countTask, mergeCells, type CellCounts} from '../../../src/analyze/compare/cell-counts.ts';
import type {Effect} from '../../../src/analyze/compare/effect.ts';
import {estimateEffects} from '../../../src/analyze/compare/estimate-effects.ts';
import {MetricPlans} from '../../../src/analyze/compare/metric-plans.ts';
import {pairQuestions, type PairedCells} from '../../../src/analyze/compare/pair-questions.ts';
import type {Discussion} from '../../../src/analyze/metrics/discussion/discussion.ts';

/** The conversations of one task. */
export type Conversations = readonly Discussion[];

/** One or several tasks a side, the first part of their benchmark. */
export function pairCells(
  first: readonly Conversations[],
  second: readonly Conversations[],
  metrics: readonly string[],
): PairedCells {
  const plans = new MetricPlans(() => metrics, {unit: 'agent', round: 'last'});
  const count = (task: Conversations): CellCounts =>
    countTask(task, {rounds: task[0]!.answers.length, planFor: benchmark => plans.getAnswerPlan(benchmark)});
  const [one, other] = [first.map(count), second.map(count)];
  const [key] = [...one[0]!.keys()];
  return pairQuestions(mergeCells(one, key!)!, mergeCells(other, key!)!);
}

/** The effect of one metric. */
export function effect(blocks: readonly PairedCells[], id: string): Effect {
  const found = estimateEffects(blocks, {draws: 499, seed: 'test'}).find(each => each.id === id);
  if (!found) throw new Error(`no ${id}`);
  return found;
}
