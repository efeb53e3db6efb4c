import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join, resolve} from 'node:path';

import {errorMessage} from '../../core/errors.ts';
import {optimizeJobSchema} from '../../optimize/job.ts';
import {openTask} from '../../optimize/run/open-task.ts';
import {planJob} from '../../optimize/run/plan-job.ts';
import {TaskUnavailable} from '../../optimize/task/bundle.ts';
import type {BenchTask} from '../../plan/bench/resolved-matrix.ts';
import type {Caller} from '../caller.ts';

/** Outcome of building a task without scoring anything. */
export type BuiltTask =
  | {readonly kind: 'built'; readonly trainable: number; readonly unusedKwargs: readonly string[]}
  | {readonly kind: 'unavailable'; readonly reason: string}
  | {readonly kind: 'broken'; readonly reason: string};

/** Builds a task as a job would, in stub mode, and ends what that started. */
export async function buildTask(
  {id, command}: BenchTask,
  {evalKwargs, root}: {readonly evalKwargs: Readonly<Record<string, unknown>>; readonly root: string},
  {env, clock}: Pick<Caller, 'env' | 'clock'>,
): Promise<BuiltTask> {
  const folder = await mkdtemp(join(tmpdir(), 'mac-validate-'));
  try {
    const job = optimizeJobSchema.parse({
      task: id,
      trainer: 'NoOpTrainer',
      eval_kwargs: evalKwargs,
      tasks_root: resolve(root),
      commands: command ? {task: command} : {},
    });
    const plan = planJob(job);
    if (plan.unavailable !== null) return {kind: 'unavailable', reason: plan.unavailable};
    const signal = new AbortController().signal;
    const bundle = await openTask(job, plan, {folder, env, clock, attempt: 0, print: () => undefined, signal}, null);
    await bundle.close();
    const trainable = bundle.parameters.filter(parameter => parameter.trainable).length;
    return {kind: 'built', trainable, unusedKwargs: bundle.unusedKwargs};
  } catch (error) {
    const kind = error instanceof TaskUnavailable ? 'unavailable' : 'broken';
    return {kind, reason: errorMessage(error)};
  } finally {
    await rm(folder, {recursive: true, force: true});
  }
}
