import {existsSync} from 'node:fs';

import {groupBy} from '../../core/group-by.ts';
import {count} from '../../core/text/amounts.ts';
import {countFailed, sumOutcomes} from '../../core/conversation-outcome.ts';
import type {PackResult} from '../../execute/pack/pack.ts';
import {sumFailures} from '../../record/task/error-codes.ts';
import {explainFailures} from '../../record/task/failure-words.ts';
import type {FinishedRun} from '../../runs/here/run-here.ts';
import {formatDuration} from './format.ts';
import {describeTask} from '../../execute/events.ts';

/** Number of unfinished tasks that are listed one by one. */
const LISTED = 10;

/** Renders the last lines of a run: the work done and left, the place of the results, and the next command to type. */
export function renderOutcome(run: FinishedRun): string {
  const {result} = run;
  const isOfTrials = run.trialPlans.length > 0;
  const done = result.outcomes.filter(({outcome}) => outcome.kind === 'done');
  const unfinished = result.outcomes.filter(({outcome}) => outcome.kind !== 'done');
  const summary = `${done.length} of ${result.outcomes.length} ${isOfTrials ? 'trials' : 'tasks'} done in ${formatDuration(run.elapsedMs)}`;
  const lines = result.outcomes.length > 0 ? [summary] : [];
  const groups = groupByReason(unfinished);
  for (const group of groups.slice(0, LISTED)) lines.push(`  not done: ${describeGroup(group)}`);
  if (groups.length > LISTED) {
    lines.push(`  … and ${groups.slice(LISTED).reduce((sum, group) => sum + group.length, 0)} more`);
  }
  lines.push(...renderFailures(result));
  if (run.skippedTasks > 0) lines.push(`  left out by --skip-invalid: ${run.skippedTasks} invalid tasks`);
  lines.push(...(isOfTrials ? describeDerived(run) : describePlaces(run)));
  if (unfinished.length > 0) lines.push(`what is left: ${run.resumeCommand}`);
  else if (!isOfTrials) lines.push('read a conversation: mac show QUESTION_ID');
  return `${lines.join('\n')}\n`;
}

type Unfinished = PackResult['outcomes'][number];

/** Tasks that stopped for one reason, such as a server that was given up, are one line. */
function groupByReason(unfinished: readonly Unfinished[]): Unfinished[][] {
  const groups = groupBy(unfinished, each =>
    'reason' in each.outcome ? `${each.outcome.kind} ${each.outcome.reason}` : each,
  );
  return [...groups.values()];
}

function describeGroup(group: readonly Unfinished[]): string {
  const [first] = group;
  if (!first) return '';
  if (group.length === 1) return `${describeTask(first.task.label)}: ${describeOutcome(first)}`;
  const left = group.reduce((sum, {outcome}) => sum + ('left' in outcome ? outcome.left : 0), 0);
  const reason = 'reason' in first.outcome ? first.outcome.reason : '';
  if (first.task.kind === 'trial') return `${group.length} trials: ${reason}`;
  return `${group.length} tasks: ${reason}${left > 0 ? ` (${count(left, 'question')} left)` : ''}`;
}

/** Renders the reasons why questions failed, over all tasks. */
function renderFailures({outcomes}: PackResult): string[] {
  const failed = outcomes.flatMap(({outcome}) => ('failures' in outcome ? [outcome] : []));
  const failures = countFailed(sumOutcomes(failed.map(each => each.outcomes)));
  return explainFailures(failures, sumFailures(failed.map(({failures}) => failures)));
}

/** Lists places of records that exist: a task that was refused or never begun has none. */
function describePlaces({result, layout}: FinishedRun): string[] {
  const labels = result.outcomes.map(({task}) => task.label);
  const folders = [...new Set(labels.map(label => `${label.benchmark}/${label.experiment}`))]
    .map(folder => `${layout.experimentRoot}/${folder}`)
    .filter(existsSync);
  const indexes = [...new Set(labels.map(({experiment}) => layout.index(experiment)))].filter(existsSync);
  if (folders.length + indexes.length === 0) return [];
  return [
    'results:',
    ...folders.slice(0, LISTED).map(folder => `  ${folder}/{transcript,task_summary}/`),
    ...(folders.length > LISTED ? [`  … and ${folders.length - LISTED} more folders`] : []),
    ...indexes.slice(0, LISTED).map(index => `  ${index}`),
  ];
}

/** Lists the files that were made from the records of trials. */
function describeDerived({derived}: FinishedRun): string[] {
  if (derived.length === 0) return [];
  const width = Math.max(...derived.map(({label}) => label.length));
  return derived.map(({label, path}) => `  ${label.padEnd(width)}  ${path}`);
}

function describeOutcome({task, outcome}: Unfinished): string {
  const isTrial = task.kind === 'trial';
  switch (outcome.kind) {
    case 'done':
      return 'done';
    case 'incomplete':
      return outcome.reason ?? `${count(outcome.failed, 'question')} failed, ${outcome.left} left`;
    case 'stopped':
      return outcome.left > 0 && !isTrial
        ? `${outcome.reason} (${count(outcome.left, 'question')} left)`
        : outcome.reason;
    case 'refused':
      return outcome.reason;
  }
}

/** Describes the same for programs. */
export function renderOutcomeJson({result, elapsedMs, exitCode, gridIds, resumeCommand, derived}: FinishedRun): string {
  const report = {
    schema: 'mac.run/1',
    exit_code: exitCode,
    elapsed_seconds: Math.round(elapsedMs) / 1000,
    grid_ids: gridIds,
    stopped: result.stopped,
    resume: exitCode === 0 ? null : resumeCommand,
    ...(derived.length > 0 ? {derived: Object.fromEntries(derived.map(({label, path}) => [label, path]))} : {}),
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
