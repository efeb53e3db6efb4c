import type {Layout} from '../../record/layout.ts';
import type {ResultsCache} from '../cache/results-cache.ts';
import {ConversationReader} from '../records/conversation-reader.ts';
import type {Problems} from '../records/problems.ts';
import {QuestionFiles} from '../records/question-files.ts';
import type {KnownTask} from '../records/recorded-tasks.ts';
import {readTaskDiscussions} from '../records/task-conversations.ts';
import {countEndings, countTask, type TaskCounts} from './cell-counts.ts';
import type {MetricPlans} from './metric-plans.ts';

/** Reads the conversations of some tasks, one task after the other, and keeps the counts that the plans need. */
export async function countTasks(
  layout: Layout,
  tasks: Iterable<KnownTask>,
  sources: {
    readonly plans: MetricPlans;
    /** Collects what cannot be scored. */
    readonly problems: Problems;
    readonly cache?: ResultsCache | undefined;
  },
): Promise<Map<KnownTask, TaskCounts>> {
  const {plans, problems, cache} = sources;
  const questions = new QuestionFiles(layout, problems);
  const reader = new ConversationReader(layout);
  const counts = new Map<KnownTask, TaskCounts>();
  try {
    for (const task of tasks) {
      const {discussions, endings} = await readTaskDiscussions(layout, task, {questions, problems, cache, reader});
      const rounds = task.config.conversation_config.max_rounds;
      counts.set(task, {
        answers: countTask(discussions, {rounds, planFor: benchmark => plans.getAnswerPlan(benchmark)}),
        endings: countEndings(endings, benchmark => plans.getEndingPlan(benchmark)),
      });
    }
  } finally {
    await reader.close();
  }
  return counts;
}
