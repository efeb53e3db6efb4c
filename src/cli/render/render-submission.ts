import {count} from '../../core/text/amounts.ts';
import {compressIndices, listElements} from '../../slurm/submission/array-spec.ts';
import type {Submission, SubmittedArray} from '../../slurm/submission/submission-file.ts';
import {formatTable} from './format.ts';
import {shorten} from '../../core/text/amounts.ts';

/** Renders the outcome of a submission. */
export function renderSubmission(submission: Submission, configName: string): string {
  const {arrays, grid_id: gridId, number} = submission;
  const elements = arrays.map(array => listElements(array.tasks));
  const tasks = elements.flat().reduce((sum, {tasks: of}) => sum + of.length, 0);
  const rows = arrays.map((array, i) => describeArray(array, elements[i] ?? []));
  const after = submission.after_all;
  const afterLine = after ? `  after all  ${describeState(after)}  ${shorten(after.command, 60)}\n` : '';
  const jobs = elements.flat().length;
  return `${gridId} (${configName}), submission ${number}: ${count(tasks, 'task')} in ${count(jobs, 'job')}\n${formatTable(rows)}${afterLine}`;
}

function describeArray(
  array: SubmittedArray,
  elements: readonly {readonly element: number; readonly tasks: readonly number[]}[],
): string[] {
  const tasks = elements.flatMap(({tasks: of}) => of).sort((a, b) => a - b);
  const {gpus, mem, time} = array.resources;
  const needs = [
    gpus === 0 ? 'no GPUs' : count(gpus, 'GPU'),
    ...(mem === undefined ? [] : [mem]),
    ...(time === undefined ? [] : [time]),
  ];
  return [
    `  array ${array.index}`,
    describeState(array),
    `tasks ${shorten(compressIndices(tasks), 40)}`,
    count(elements.length, 'element'),
    needs.join(', '),
  ];
}

function describeState({state, job_id: jobId}: {readonly state: string; readonly job_id?: string}): string {
  if (state === 'submitted') return `job ${jobId ?? ''}`;
  return state === 'intended' ? 'not submitted' : state;
}

/** Renders why parts of a submission are not in the queue, and what to do. */
export function renderProblems(submission: Submission): string {
  const {arrays, after_all: after, grid_id: gridId} = submission;
  const reasons = new Map<string, string[]>();
  const note = (state: string, reason: string | undefined, what: string): void => {
    if (state === 'submitted') return;
    const key = `${describeState({state})}: ${reason ?? 'not tried'}`;
    reasons.set(key, [...(reasons.get(key) ?? []), what]);
  };
  for (const {state, reason, index} of arrays) note(state, reason, `array ${index}`);
  if (after && reasons.size === 0) note(after.state, after.reason, 'the job after all arrays');
  if (reasons.size === 0) return '';
  const lines = [...reasons].map(([reason, what]) => `${shorten(what.join(', '), 80)} ${reason}`);
  return `${lines.join('\n')}\n  → mac resume ${gridId} submits what is missing (flags such as --partition change how)\n`;
}

/** Describes a submission for programs. */
export function describeSubmission(submission: Submission): object {
  const {grid_id, number, token, arrays, after_all, code} = submission;
  return {
    grid_id,
    submission: number,
    token,
    code_version: code.version,
    arrays: arrays.map(({index, name, state, job_id, reason, tasks, resources}) => ({
      index,
      name,
      state,
      job_id: job_id ?? null,
      reason: reason ?? null,
      elements: listElements(tasks).length,
      spec: tasks.spec,
      offset: tasks.offset,
      packs: tasks.packs ?? null,
      resources,
    })),
    after_all: after_all ?? null,
  };
}

/** Returns whether everything of a submission is in the queue. */
export function isAllSubmitted({arrays, after_all: after}: Submission): boolean {
  return arrays.every(({state}) => state === 'submitted') && (after === undefined || after.state === 'submitted');
}
