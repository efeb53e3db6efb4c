import type {PackResult} from '../execute/pack.ts';
import type {PreparedTasks} from './execute-here.ts';
import type {ExitCode} from './io.ts';
import {formatDuration} from './progress/format.ts';
import {describeTask} from './progress/render.ts';

export interface FinishedRun extends PreparedTasks {
  readonly result: PackResult;
  readonly elapsedMs: number;
  readonly exitCode: ExitCode;
}

/** How many unfinished tasks are listed one by one. */
const LISTED = 10;

/** The last lines of a run: what was done, what is left, where the results are, what to type next. */
export function renderOutcome(run: FinishedRun): string {
  const {result, layout} = run;
  const done = result.outcomes.filter(({outcome}) => outcome.kind === 'done');
  const unfinished = result.outcomes.filter(({outcome}) => outcome.kind !== 'done');
  const lines = [`${done.length} of ${result.outcomes.length} tasks done in ${formatDuration(run.elapsedMs)}`];
  for (const {task, outcome} of unfinished.slice(0, LISTED)) {
    lines.push(`  not done: ${describeTask(task.label)}: ${describeOutcome(outcome)}`);
  }
  if (unfinished.length > LISTED) lines.push(`  … and ${unfinished.length - LISTED} more`);
  if (run.skippedTasks > 0) lines.push(`  left out by --skip-invalid: ${run.skippedTasks} invalid tasks`);
  const experiments = [...new Set(result.outcomes.map(({task}) => task.label.experiment))];
  const folders = [...new Set(result.outcomes.map(({task: {label}}) => `${label.benchmark}/${label.experiment}`))];
  lines.push('results:');
  for (const folder of folders.slice(0, LISTED))
    lines.push(`  ${layout.experimentRoot}/${folder}/{transcript,task_summary}/`);
  if (folders.length > LISTED) lines.push(`  … and ${folders.length - LISTED} more folders`);
  for (const experiment of experiments.slice(0, LISTED)) lines.push(`  ${layout.index(experiment)}`);
  if (unfinished.length > 0) lines.push(`what is left: ${run.resumeCommand}`);
  else lines.push('read a conversation: mac show QUESTION_ID');
  return `${lines.join('\n')}\n`;
}

function describeOutcome(outcome: PackResult['outcomes'][number]['outcome']): string {
  switch (outcome.kind) {
    case 'done':
      return 'done';
    case 'incomplete':
      return `${outcome.failed} questions failed, ${outcome.left} left`;
    case 'stopped':
      return `${outcome.reason} (${outcome.left} questions left)`;
    case 'refused':
      return outcome.reason;
  }
}

/** The same for machines. */
export function renderOutcomeJson({result, elapsedMs, exitCode, gridIds, resumeCommand}: FinishedRun): string {
  const report = {
    schema: 'mac.run/1',
    exit_code: exitCode,
    elapsed_seconds: Math.round(elapsedMs) / 1000,
    grid_ids: gridIds,
    stopped: result.stopped,
    resume: exitCode === 0 ? null : resumeCommand,
    tasks: result.outcomes.map(({task, outcome}) => ({
      grid_id: task.gridId,
      task_id: task.index,
      experiment_name: task.label.experiment,
      benchmark_subcategory: task.label.benchmark,
      ...outcome,
    })),
  };
  return `${JSON.stringify(report, null, 2)}\n`;
}
