import type {Clock} from '../../core/clock.ts';
import type {OutcomeCounts} from '../../core/conversation-outcome.ts';
import type {FailureCount} from '../../record/formats.ts';
import type {Layout} from '../../record/layout.ts';
import {countDone, countStates} from '../../record/task/question-states.ts';
import type {TaskRecord} from '../../record/task/task-record.ts';
import type {TaskState} from './join-states.ts';
import {readManyJson} from './read-many-json.ts';
import type {TaskManifest} from '../../record/task/task-manifest.ts';

/** A task's progress. */
export interface QuestionProgress {
  /** That need not be asked again. */
  readonly done: number;
  readonly total: number;
  /** Ends of unsuccessful questions, done or not. */
  readonly outcomes?: OutcomeCounts;
  /** Their causes. */
  readonly failures?: readonly FailureCount[];
}

/** Most manifests of begun tasks that are read: the other tasks are shown from their records alone. */
const MAX_MANIFESTS = 2_000;

/** Records are written when a task begins and ends; between, its manifest is ahead of it. */
export async function countQuestions(
  layout: Layout,
  records: ReadonlyMap<number, TaskRecord>,
  states: readonly TaskState[],
  clock: Clock,
): Promise<Map<number, QuestionProgress>> {
  const counts = new Map<number, QuestionProgress>();
  for (const [task, {questions, status}] of records) {
    const {outcomes = {}, failures = []} = questions;
    const done = status === 'succeeded' ? questions.total : countDone(questions);
    counts.set(task, {done, total: questions.total, outcomes, failures});
  }
  const begun = states.filter(({state, task}) => state !== 'done' && records.has(task));
  const runningFirst = [...begun].sort((a, b) => Number(b.state === 'running') - Number(a.state === 'running'));
  const open = runningFirst.slice(0, MAX_MANIFESTS).flatMap(({task}) => records.get(task) ?? []);
  const manifests = await readManyJson(
    open.map(({manifest_path: path}) => layout.resolve(path)),
    () => clock.monotonic(),
  );
  for (const [i, record] of open.entries()) {
    const manifest = manifests[i] as Partial<TaskManifest> | undefined;
    if (typeof manifest?.questions !== 'object') continue;
    const known = counts.get(record.task_id);
    const {done, outcomes, failures} = countStates(new Map(Object.entries(manifest.questions)));
    if (known && known.done > done) continue;
    counts.set(record.task_id, {done, total: record.questions.total, outcomes, failures});
  }
  return counts;
}
