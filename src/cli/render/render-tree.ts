import type {Layout} from '../../record/layout.ts';
import {countDone} from '../../record/task/question-states.ts';
import {findNullQuestions, type UnfinishedTask} from '../../runs/open/prepare-resume.ts';
import {describeTask} from './format.ts';

/** How many null questions of a task the tree shows. */
const MAX_SHOWN_QUESTIONS = 5;

/** Unfinished tasks with their null questions, in pieces. */
export async function* renderTree(layout: Layout, tasks: readonly UnfinishedTask[]): AsyncGenerator<string> {
  for (const unfinished of tasks) {
    yield `  ${describeTask(unfinished.task.label)} (${unfinished.status})\n`;
    const nulls = await findNullQuestions(layout, unfinished);
    if (!nulls) {
      yield* renderCounts(unfinished);
      continue;
    }
    const {total, ids} = nulls;
    yield `    ├── ${total - ids.length}/${total} done\n    ├── null questions: ${ids.length}\n`;
    for (const id of ids.slice(0, MAX_SHOWN_QUESTIONS)) yield `    │   ├── ${id}\n`;
    if (ids.length > MAX_SHOWN_QUESTIONS) yield `    │   └── … and ${ids.length - MAX_SHOWN_QUESTIONS} more\n`;
    if (unfinished.reason !== undefined) yield `    └── last stop: ${unfinished.reason}\n`;
  }
}

/** The same for machines. */
export async function describeTree(layout: Layout, tasks: readonly UnfinishedTask[]): Promise<object[]> {
  const described: object[] = [];
  for (const unfinished of tasks) {
    const {index, benchmark, experiment} = unfinished.task.label;
    const nulls = await findNullQuestions(layout, unfinished);
    described.push({
      task_id: index,
      experiment_name: experiment,
      benchmark_subcategory: benchmark,
      status: unfinished.status,
      reason: unfinished.reason ?? null,
      questions: nulls && {total: nulls.total, null_questions: nulls.ids},
    });
  }
  return described;
}

/** What the task's record tells when its manifest does not. */
function* renderCounts({record}: UnfinishedTask): Generator<string> {
  if (!record) return;
  const {questions} = record;
  yield `    ├── at least ${countDone(questions)}/${questions.total} done\n`;
  yield `    └── which questions are null stands in no manifest (it is missing or damaged); resuming finds out from journal and index\n`;
}
