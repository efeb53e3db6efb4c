import {join, relative} from 'node:path';

import {count, describeSeconds, formatInteger} from '../../core/text/amounts.ts';
import type {PlanWarning} from '../../plan/warnings.ts';
import type {ClusterView} from '../../runs/slurm/plan-cluster.ts';
import type {PlannedArray, PlannedGroup} from '../../slurm/submit/plan-arrays.ts';
import {formatTable} from './format.ts';
import {shorten} from '../../core/text/amounts.ts';

/** Most arrays of a group that are listed one by one. */
const MAX_LISTED_ARRAYS = 20;

/** Warnings that mean nothing without an estimate. */
const TIME_WARNING_CODES: ReadonlySet<PlanWarning['code']> = new Set(['time-limit-short', 'mostly-loading']);

/** Yields the arrays of a plan as text, with the scripts when asked for. */
export function* renderArrays(view: ClusterView, options: {scripts: boolean; repetitions: number}): Generator<string> {
  const {groups, arrays, warnings} = view.arrays;
  yield `${renderHeading(view)}${options.repetitions > 1 ? `; ${options.repetitions} repetitions, each the same` : ''}\n\n`;
  for (const group of groups) yield* renderGroup(group, view);
  yield `  estimate: ${view.untimed === null ? describeEstimate(groups, view, options.repetitions) : `none, since ${view.untimed}`}\n`;
  yield `  ${view.asked}\n\n`;
  if (options.scripts) for (const {script, text} of arrays) yield `── ${join(view.folder, script)}\n${text}\n`;
  const told = view.untimed === null ? warnings : warnings.filter(({code}) => !TIME_WARNING_CODES.has(code));
  yield told.map(({message}) => `warning: ${message}\n`).join('');
}

function renderHeading({profile, isAsked}: ClusterView): string {
  if (profile.name !== undefined) return `on Slurm, profile ${profile.name}`;
  return isAsked ? 'on Slurm' : 'on plain Slurm (yours: --profile NAME, --partition NAME, …)';
}

function describeEstimate(
  groups: readonly PlannedGroup[],
  {profile, isBound = false}: ClusterView,
  repetitions: number,
): string {
  const gpuHours = groups.reduce((sum, {estimate}) => sum + estimate.gpuHours, 0);
  const jobHours = groups.reduce((sum, {estimate}) => sum + estimate.jobHours, 0);
  if (isBound) return `at most ${describeSeconds(jobHours * 3600)} of jobs, from the time-outs of trials`;
  const rate = `${profile.requests_per_second} requests a second in a job`;
  const basis = gpuHours > 0 ? `${profile.model_load_seconds} s to load models and ${rate}` : rate;
  const cost =
    gpuHours > 0
      ? `${describeHours(gpuHours * repetitions)} GPU-hours`
      : `${describeSeconds(jobHours * repetitions * 3600)} of jobs`;
  return `about ${cost}, from ${basis} (calibrate: docs/slurm.md)`;
}

function* renderGroup(
  {gpus, tasks, jobs, models, estimate, arrays}: PlannedGroup,
  {folder, workspace, untimed}: ClusterView,
): Generator<string> {
  const needs = gpus === 0 ? 'no GPUs' : `${count(gpus, 'GPU')} a job`;
  const work = `${count(tasks, 'task')} in ${count(jobs, 'job')}, ${needs}`;
  const cost = gpus === 0 ? '' : `about ${describeHours(estimate.gpuHours)} GPU-hours, `;
  yield `  ${work}${untimed === null ? `: ${cost}at most ${describeSeconds(estimate.longestJobSeconds)} a job` : ''}\n`;
  for (const {model, modelPath, gpus: own} of models) yield `    ${model}: ${modelPath}, ${count(own, 'GPU')}\n`;
  const rows = arrays
    .slice(0, MAX_LISTED_ARRAYS)
    .map(array => [
      `    --array=${shorten(renderSpec(array), 40)}`,
      describeMapping(array),
      relative(workspace, join(folder, array.script)),
    ]);
  yield formatTable(rows);
  if (arrays.length > MAX_LISTED_ARRAYS) yield `    … and ${arrays.length - MAX_LISTED_ARRAYS} more\n`;
  yield '\n';
}

function renderSpec({tasks, throttle}: PlannedArray): string {
  return throttle === undefined ? tasks.spec : `${tasks.spec}%${throttle}`;
}

/** Describes which tasks the elements run, where the numbers differ. */
function describeMapping({tasks: {offset, packs}, elements, after}: PlannedArray): string {
  const what = packs
    ? `${packs.reduce((sum, pack) => sum + pack.length, 0)} tasks in ${count(elements, 'job')}`
    : offset > 0
      ? `tasks from ${offset}`
      : '';
  return [what, after === undefined ? '' : `after array ${after}`].filter(Boolean).join(', ');
}

function describeHours(hours: number): string {
  return hours < 10 ? String(Math.round(hours * 10) / 10) : formatInteger(hours);
}

/** Describes the arrays for programs: the key `cluster` of `mac.plan/1`. */
export function describeArrays(view: ClusterView, scripts: boolean): object {
  const {groups, warnings} = view.arrays;
  return {
    profile: view.profile,
    groups: groups.map(({estimate, arrays, models, ...group}) => ({
      ...group,
      models: models.map(({model, modelPath, gpus}) => ({model, model_path: modelPath, gpus})),
      estimate: {
        gpu_hours: view.untimed === null ? estimate.gpuHours : null,
        job_hours: view.untimed === null ? estimate.jobHours : null,
        longest_job_seconds: view.untimed === null ? estimate.longestJobSeconds : null,
        load_share: view.untimed === null ? estimate.loadShare : null,
      },
      arrays: arrays.map(({index, script, text, tasks, elements, throttle, after}) => ({
        index,
        script: join(view.folder, script),
        elements,
        spec: tasks.spec,
        offset: tasks.offset,
        packs: tasks.packs ?? null,
        throttle: throttle ?? null,
        after: after ?? null,
        ...(scripts ? {text} : {}),
      })),
    })),
    gpu_hours: view.untimed === null ? groups.reduce((sum, {estimate}) => sum + estimate.gpuHours, 0) : null,
    asked: view.asked,
    warnings: view.untimed === null ? warnings : warnings.filter(({code}) => !TIME_WARNING_CODES.has(code)),
  };
}
