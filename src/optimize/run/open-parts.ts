import {z} from 'zod';

import {ChatError, type Chat} from '../model/chat.ts';
import {SCALAR, objectiveSchema, type Objective} from '../objective/objective.ts';
import {HeuristicProposer} from '../propose/heuristic-proposer.ts';
import {LlmProposer} from '../propose/llm-proposer.ts';
import {stubProposer, type Proposer} from '../propose/proposer.ts';
import type {Mapping} from '../../core/mapping.ts';
import {describeIssues} from '../../core/text/describe-issues.ts';
import type {OptimizeJob} from '../job.ts';
import {pickOptimizerKwargs} from '../registry.ts';
import type {Bundle} from '../task/bundle.ts';
import type {JobEnvironment} from './job-environment.ts';

/** A job that cannot be done as it is written. */
export class JobError extends Error {
  override readonly name = 'JobError';
}

/** Opens the model that the job may ask; null in stub mode, or where it names none. */
export async function openModel(
  {mode, llm, seed}: OptimizeJob,
  {clock, env}: JobEnvironment,
  onNotice: (text: string) => void,
): Promise<Chat | null> {
  if (mode === 'stub' || llm === null) return null;
  // Clients of models start slowly, and most jobs ask none.
  const {openChat} = await import('../model/open-chat.ts');
  return await openChat(llm, {seed, clock, env, onNotice});
}

/** Makes the proposer of a job. @throws ChatError where it needs a model and the job names none. */
export function makeProposer(id: string, job: OptimizeJob, bundle: Bundle, chat: Chat | null): Proposer {
  const {parameters, optimizerKwargs} = bundle;
  if (id === 'mac.StubProposer') return stubProposer;
  if (id === 'mac.HeuristicProposer') return new HeuristicProposer(parameters, job.seed);
  if (!chat)
    throw new ChatError('mode is real, but llm names no model: give it provider and model, or another optimizer');
  const kwargs = (number: number): Mapping => ({
    ...optimizerKwargs,
    ...pickOptimizerKwargs(job.optimizer_kwargs, number),
  });
  return new LlmProposer({parameters, chat, kwargs});
}

/** Returns by what a job compares: its `eval_kwargs.objective_config` over the task's own. @throws JobError */
export function readObjective({eval_kwargs}: OptimizeJob, {objectiveConfig}: Bundle): Objective {
  const written = eval_kwargs['objective_config'];
  if (written === undefined && objectiveConfig === undefined) return SCALAR;
  const value = {objective_config: {...objectiveConfig, ...(typeof written === 'object' ? written : {})}};
  const parsed = z.object({objective_config: objectiveSchema}).safeParse(value);
  if (parsed.success) return parsed.data.objective_config;
  throw new JobError(describeIssues(parsed.error, value));
}
