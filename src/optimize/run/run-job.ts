import {join} from 'node:path';

import {errorMessage} from '../../core/errors.ts';
import type {Mapping} from '../../core/mapping.ts';
import type {OptimizeJob} from '../job.ts';
import {addTokens, NO_TOKENS, type Chat, type Tokens} from '../model/chat.ts';
import {TaskUnavailable, type Bundle} from '../task/bundle.ts';
import {describeTraceback} from './describe-traceback.ts';
import type {JobEnvironment} from './job-environment.ts';
import {JobEvents} from './job-events.ts';
import type {JobResult} from './job-result.ts';
import {JobRun, type Outcome} from './job-run.ts';
import {openModel} from './open-parts.ts';
import {openTask} from './open-task.ts';
import {planJob, type JobPlan} from './plan-job.ts';

/** The reason of a job whose task has nothing to train. */
export const NO_TRAINABLES = 'no_trainable_parameters';

const NOTHING: Omit<Outcome, 'status' | 'feedback'> = {
  metrics: {},
  initial_state_path: null,
  best_state_path: null,
  final_state_path: null,
  state_history_path: null,
  tb_logdir: null,
  scores: null,
  counts: {},
  traceback: null,
};

/**
 * Does one job from its beginning: fresh values, its seed, files of its own. Whatever goes wrong in it is its result.
 *
 * @throws UserError `cannot-write`, and when the job is aborted.
 */
export async function runJob(job: OptimizeJob, environment: JobEnvironment): Promise<JobResult> {
  const {folder, clock, attempt, print, signal} = environment;
  const events = new JobEvents(join(folder, 'events.jsonl'), clock, attempt);
  const notices: string[] = [];
  const notify = (text: string): void => {
    notices.push(text);
    events.emit('notice', {text});
    print(`notice: ${text}`);
  };
  const {task, trainer, seed, mode} = job;
  events.emit('job_started', {task, trainer, seed, mode});
  const opened: {bundle: Bundle | null; chat: Chat | null; plan: JobPlan | null} = {
    bundle: null,
    chat: null,
    plan: null,
  };
  let outcome: Outcome;
  try {
    outcome = await attemptJob(job, environment, {events, notify, opened});
  } catch (error) {
    signal.throwIfAborted();
    outcome = describeThrown(error);
  } finally {
    await opened.bundle?.close();
    await opened.chat?.close();
  }
  const tokens = sumTokens(opened.chat?.used, opened.bundle?.reportedTokens?.());
  const {status, reason = null, metrics} = outcome;
  events.emit('job_finished', {status, reason, ...metrics, tokens: tokens ?? NO_TOKENS});
  return {...outcome, ...(tokens ? {tokens} : {}), ...describeJob(job, opened), ...scope(opened), notices};
}

interface Attempt {
  readonly events: JobEvents;
  readonly notify: (text: string) => void;
  readonly opened: {bundle: Bundle | null; chat: Chat | null; plan: JobPlan | null};
}

async function attemptJob(job: OptimizeJob, environment: JobEnvironment, parts: Attempt): Promise<Outcome> {
  const {events, notify, opened} = parts;
  const plan = planJob(job);
  opened.plan = plan;
  for (const {notice} of [plan.optimizer, plan.guide, plan.logger]) if (notice !== undefined) notify(notice);
  if (plan.unavailable !== null) throw new TaskUnavailable(plan.unavailable);
  const chat = await openModel(job, environment, notify);
  opened.chat = chat;
  const bundle = await openTask(job, plan, environment, chat);
  opened.bundle = bundle;
  if (bundle.unusedKwargs.length > 0)
    notify(`eval_kwargs without use in ${job.task}: ${bundle.unusedKwargs.join(', ')}`);
  if (!bundle.parameters.some(({trainable}) => trainable)) {
    return {...NOTHING, status: 'failed', reason: NO_TRAINABLES, feedback: NO_TRAINABLES};
  }
  return await new JobRun({job, plan, environment, bundle, chat, events}).run();
}

function describeThrown(error: unknown): Outcome {
  const reason = errorMessage(error);
  if (error instanceof TaskUnavailable) return {...NOTHING, status: 'skipped', reason, feedback: reason};
  return {...NOTHING, status: 'failed', reason, feedback: reason, traceback: describeTraceback(error)};
}

/** Laid over the task's own, which are known once it is built. */
function resolveOptimizerKwargs({optimizer_kwargs}: OptimizeJob, bundle: Bundle | null): Mapping | Mapping[] {
  const own = bundle?.optimizerKwargs ?? {};
  return Array.isArray(optimizer_kwargs)
    ? optimizer_kwargs.map(each => ({...own, ...each}))
    : {...own, ...optimizer_kwargs};
}

function describeJob(job: OptimizeJob, {plan, bundle}: Attempt['opened']) {
  const {llm} = job;
  return {
    resolved_trainer: plan?.trainer.id ?? job.trainer,
    trainer_source: plan?.trainer.source ?? 'native',
    task_source: plan?.taskSource ?? 'native',
    resolved_trainer_kwargs: plan?.trainerKwargs ?? job.trainer_kwargs,
    resolved_optimizer: plan?.optimizer.id ?? job.optimizer,
    resolved_optimizer_kwargs: resolveOptimizerKwargs(job, bundle),
    resolved_guide: plan?.guide.id ?? job.guide,
    resolved_guide_kwargs: job.guide_kwargs,
    resolved_logger: plan?.logger.id ?? job.logger,
    resolved_logger_kwargs: job.logger_kwargs,
    eval_kwargs: job.eval_kwargs,
    llm_provider: llm?.provider ?? null,
    llm_model: llm?.model ?? null,
    llm_base_url: llm?.base_url ?? null,
  } as const;
}

function scope({chat, bundle}: Attempt['opened']): Pick<JobResult, 'token_scope'> {
  if (chat) return {token_scope: 'proposer+task'};
  return {token_scope: bundle?.reportedTokens?.() ? 'reported' : 'none'};
}

function sumTokens(...all: readonly (Tokens | null | undefined)[]): Tokens | undefined {
  const known = all.filter(tokens => tokens != null);
  return known.length === 0 ? undefined : known.reduce(addTokens);
}
