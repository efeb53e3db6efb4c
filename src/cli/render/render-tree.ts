import type {Layout} from '../../record/layout.ts';
import {countDone} from '../../record/task/question-states.ts';
import {findNullQuestions, type UnfinishedTask} from '../../runs/open/prepare-resume.ts';
import {describeTask} from '../../execute/events.ts';

/** Most null questions of a task that the tree shows. */
const MAX_SHOWN_QUESTIONS = 5;

/** Yields unfinished tasks with their null questions, task by task. */
export async function* renderTree(layout: Layout, tasks: readonly UnfinishedTask[]): AsyncGenerator<string> {
  for (const unfinished of tasks) {
    yield `  ${describeTask(unfinished.task.label)} (${unfinished.status})\n`;
    const {task, reason} = unfinished;
    if (task.kind === 'trial') {
      if (reason !== undefined) yield drawBranches([[`last stop: ${reason}`]], '    ');
      continue;
    }
    const nulls = await findNullQuestions(layout, unfinished);
    yield drawBranches(nulls ? describeNulls(nulls, unfinished.reason) : describeCounts(unfinished), '    ');
  }
}

/** Describes the same for programs. */
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

/** A line of a tree, with the branches below it. */
type Branch = readonly [line: string, branches?: readonly Branch[]];

function describeNulls({total, ids}: {total: number; ids: readonly string[]}, reason: string | undefined): Branch[] {
  const shown = ids.slice(0, MAX_SHOWN_QUESTIONS).map((id): Branch => [id]);
  const hidden = ids.length - shown.length;
  return [
    [`${total - ids.length}/${total} done`],
    [`null questions: ${ids.length}`, hidden > 0 ? [...shown, [`… and ${hidden} more`]] : shown],
    ...(reason === undefined ? [] : [[`last stop: ${reason}`] as const]),
  ];
}

/** Describes what the task's record says when its manifest is missing or damaged. */
function describeCounts({record}: UnfinishedTask): Branch[] {
  if (!record) return [];
  const {questions} = record;
  return [
    [`at least ${countDone(questions)}/${questions.total} done`],
    ['the manifest with the null questions is missing or damaged; resuming finds them in journal and index'],
  ];
}

/** Draws branches below each other; the last one of every level ends its line. */
export function drawBranches(branches: readonly Branch[], indent: string): string {
  return branches
    .map(([line, below = []], i) => {
      const isLast = i === branches.length - 1;
      return `${indent}${isLast ? '└──' : '├──'} ${line}\n${drawBranches(below, `${indent}${isLast ? '    ' : '│   '}`)}`;
    })
    .join('');
}
