import type {Layout} from '../../record/layout.ts';
import type {Discussion} from '../metrics/discussion/discussion.ts';
import type {Ending} from '../metrics/endings/ending.ts';
import type {Problems} from './problems.ts';
import type {KnownTask} from './recorded-tasks.ts';
import {readTaskConversations, type TaskCoverage, type TaskSources} from './task-conversations.ts';

export interface TaskDiscussions {
  readonly discussions: readonly Discussion[];
  readonly endings: readonly Ending[];
  readonly coverage: TaskCoverage;
}

/**
 * Reads the discussions of one task that can be scored, and how all of its conversations ended; whatever cannot be
 * scored is counted and named.
 */
export async function readTaskDiscussions(
  layout: Layout,
  task: KnownTask,
  sources: TaskSources & {readonly problems: Problems},
): Promise<TaskDiscussions> {
  const {conversations: unpack, coverage, problems} = await readTaskConversations(layout, task, sources);
  sources.problems.absorb(problems);
  const conversations = unpack();
  return {coverage, discussions: listDiscussions(conversations), endings: listEndings(conversations)};
}

/** Those that can be scored. */
export function listDiscussions(conversations: readonly {readonly discussion: Discussion | null}[]): Discussion[] {
  return conversations.flatMap(({discussion}) => discussion ?? []);
}

/** Returns how conversations ended, of those of which it is known. */
export function listEndings(conversations: readonly {readonly ending: Ending | null}[]): Ending[] {
  return conversations.flatMap(({ending}) => ending ?? []);
}
