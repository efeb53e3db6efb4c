import type {Layout} from '../../record/layout.ts';
import type {Discussion} from '../metrics/discussion/discussion.ts';
import type {Problems} from './problems.ts';
import type {KnownTask} from './recorded-tasks.ts';
import {readTaskConversations, type TaskCoverage, type TaskSources} from './task-conversations.ts';

export interface TaskDiscussions {
  readonly discussions: readonly Discussion[];
  readonly coverage: TaskCoverage;
}

/** Reads the discussions of one task that can be scored; whatever cannot is counted and named. */
export async function readTaskDiscussions(
  layout: Layout,
  task: KnownTask,
  sources: TaskSources & {readonly problems: Problems},
): Promise<TaskDiscussions> {
  const {conversations, coverage, problems} = await readTaskConversations(layout, task, sources);
  sources.problems.absorb(problems);
  return {coverage, discussions: discussionsOf(conversations())};
}

/** Those that can be scored. */
export function discussionsOf(conversations: readonly {readonly discussion: Discussion | null}[]): Discussion[] {
  return conversations.flatMap(({discussion}) => discussion ?? []);
}
