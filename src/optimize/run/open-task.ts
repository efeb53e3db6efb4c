import {openExternalTask} from '../external/external-task.ts';
import {findPython} from '../external/program-words.ts';
import type {OptimizeJob} from '../job.ts';
import {openLlm4adTask} from '../llm4ad/llm4ad-task.ts';
import type {Chat} from '../model/chat.ts';
import {limitDataset, type Bundle} from '../task/bundle.ts';
import {NAMED_GUIDES} from '../task/guides.ts';
import {replaceGuide} from '../task/make-bundle.ts';
import {NATIVE_TASKS} from '../tasks/native-tasks.ts';
import type {JobEnvironment} from './job-environment.ts';
import type {JobPlan} from './plan-job.ts';
import {JobError} from './open-parts.ts';

/** Builds the task of a job, with fresh values. @throws TaskUnavailable, JobError, whatever a builder throws. */
export async function openTask(
  job: OptimizeJob,
  plan: JobPlan,
  environment: JobEnvironment,
  chat: Chat | null,
): Promise<Bundle> {
  const bundle = await build(job, plan, environment, chat);
  const {env} = environment;
  const limit = job.limit ?? readLimit(env['MAC_LIMIT']);
  const limited: Bundle = {
    ...bundle,
    train: limitDataset(bundle.train, limit),
    validation: limitDataset(bundle.validation, limit),
    test: limitDataset(bundle.test, limit),
  };
  const guide = NAMED_GUIDES[plan.guide.id];
  return guide ? replaceGuide(limited, guide(job.guide_kwargs)) : limited;
}

async function build(
  job: OptimizeJob,
  {taskId}: JobPlan,
  environment: JobEnvironment,
  chat: Chat | null,
): Promise<Bundle> {
  if (job.commands.task) return await openExternalTask(job.commands.task, job, environment);
  if (taskId.startsWith('llm4ad:')) return await openLlm4adTask(taskId.slice('llm4ad:'.length), job, environment);
  const builder = NATIVE_TASKS[taskId];
  if (!builder) throw new JobError(`there is no task ${taskId} (mac bench list-tasks)`);
  return await builder({evalKwargs: job.eval_kwargs, chat, python: findPython(environment.env)});
}

function readLimit(text: string | undefined): number | null {
  const limit = Number(text);
  return Number.isInteger(limit) && limit > 0 ? limit : null;
}
