import {join} from 'node:path';

import {describeSeconds} from '../plan/describe-seconds.ts';
import type {PlannedArray, PlannedGroup} from '../slurm/plan-arrays.ts';
import type {ClusterView} from './plan-cluster.ts';
import {formatTable, shorten} from './progress/format.ts';

/** How many arrays of a group are listed one by one. */
const ARRAYS_LISTED = 20;

/** The arrays of a plan for a person, in pieces; with the whole scripts when asked for. */
export function* renderArrays(view: ClusterView, options: {scripts: boolean; repetitions: number}): Generator<string> {
  const {groups, arrays, warnings} = view.arrays;
  const gpuHours = groups.reduce((sum, {estimate}) => sum + estimate.gpuHours, 0);
  const times = options.repetitions > 1 ? `; ${options.repetitions} repetitions, each the same` : '';
  yield `on a cluster${view.profile.name === undefined ? '' : `, profile ${view.profile.name}`}${times}\n\n`;
  for (const group of groups) yield* renderGroup(group, view);
  yield `  estimate: about ${describeHours(gpuHours * options.repetitions)} GPU-hours, from ${basis(view)} (calibrate: docs/slurm.md)\n`;
  yield `  ${view.asked}\n\n`;
  if (options.scripts) for (const {script, text} of arrays) yield `── ${join(view.folder, script)}\n${text}\n`;
  yield warnings.map(({message}) => `warning: ${message}\n`).join('');
}

function* renderGroup(
  {gpus, tasks, jobs, models, estimate, arrays}: PlannedGroup,
  {folder}: ClusterView,
): Generator<string> {
  const needs = gpus === 0 ? 'no GPUs' : `${gpus} GPU${gpus === 1 ? '' : 's'} a job`;
  const packed = jobs === tasks ? '' : ` in ${jobs} job${jobs === 1 ? '' : 's'}`;
  yield `  ${tasks} task${tasks === 1 ? '' : 's'}${packed}, ${needs}: about ${describeHours(estimate.gpuHours)} GPU-hours, at most ${describeSeconds(estimate.longestJobSeconds)} a job\n`;
  for (const {model, modelPath, gpus: own} of models)
    yield `    ${model}: ${modelPath}, ${own} GPU${own === 1 ? '' : 's'}\n`;
  const rows = arrays
    .slice(0, ARRAYS_LISTED)
    .map(array => [`    --array=${shorten(specOf(array), 40)}`, mapping(array), join(folder, array.script)]);
  yield formatTable(rows);
  if (arrays.length > ARRAYS_LISTED) yield `    … and ${arrays.length - ARRAYS_LISTED} more\n`;
  yield '\n';
}

function specOf({tasks, throttle}: PlannedArray): string {
  return throttle === undefined ? tasks.spec : `${tasks.spec}%${throttle}`;
}

/** How elements become tasks, where they are not the same. */
function mapping({tasks: {offset, packs}, elements, after}: PlannedArray): string {
  const what = packs
    ? `${packs.reduce((sum, pack) => sum + pack.length, 0)} tasks in ${elements} job${elements === 1 ? '' : 's'}`
    : offset > 0
      ? `tasks from ${offset}`
      : '';
  return [what, after === undefined ? '' : `after array ${after}`].filter(Boolean).join(', ');
}

function basis({profile}: ClusterView): string {
  return `${profile.model_load_seconds} s to load models and ${profile.requests_per_second} requests a second`;
}

function describeHours(hours: number): string {
  return hours < 10 ? String(Math.round(hours * 10) / 10) : String(Math.round(hours)).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** The same for a machine: the key `cluster` of `mac.plan/1`. */
export function describeArrays(view: ClusterView, scripts: boolean): object {
  const {groups, warnings} = view.arrays;
  return {
    profile: view.profile,
    groups: groups.map(({estimate, arrays, models, ...group}) => ({
      ...group,
      models: models.map(({model, modelPath, gpus}) => ({model, model_path: modelPath, gpus})),
      estimate: {
        gpu_hours: estimate.gpuHours,
        longest_job_seconds: estimate.longestJobSeconds,
        load_share: estimate.loadShare,
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
    gpu_hours: groups.reduce((sum, {estimate}) => sum + estimate.gpuHours, 0),
    asked: view.asked,
    warnings,
  };
}
