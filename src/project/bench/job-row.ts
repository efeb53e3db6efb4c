import {existsSync} from 'node:fs';
import {join} from 'node:path';

import {asMapping, isMapping, type Mapping} from '../../core/mapping.ts';
import {resolveLogger} from '../../optimize/registry.ts';
import type {BenchDetails} from '../../plan/bench/details.ts';
import {describeTrainer} from '../../plan/bench/trainer-arguments.ts';
import type {JobState} from './job-state.ts';

/** Columns of `results.csv`, in their order; kwargs are JSON texts there and mappings in `results.json`. */
export const RESULT_COLUMNS = [
  'run_id',
  'job_id',
  'task_id',
  'suite',
  'trainer_id',
  'seed',
  'status',
  'score_val_initial',
  'score_val_final',
  'score_val',
  'score_test',
  'time_seconds',
  'resolved_optimizer',
  'resolved_guide',
  'resolved_logger',
  'resolved_trainer_kwargs',
  'resolved_optimizer_kwargs',
  'resolved_guide_kwargs',
  'resolved_logger_kwargs',
  'eval_kwargs',
  'feedback',
  'llm_provider',
  'llm_model',
  'llm_base_url',
  'token_scope',
  'prompt_tokens',
  'completion_tokens',
  'total_tokens',
  'initial_state_path',
  'best_state_path',
  'final_state_path',
  'state_history_path',
  'tb_logdir',
] as const;

type Column = (typeof RESULT_COLUMNS)[number];

/** One row of the results of a run. */
export type JobRow = Readonly<Record<Column, unknown>> & {
  readonly job_id: string;
  readonly task_id: string;
  readonly suite: string;
  readonly trainer_id: string;
  readonly resolved_optimizer: string | null;
  readonly score_val: number | null;
  readonly score_test: number | null;
  readonly time_seconds: number | null;
  readonly total_tokens: number | null;
  readonly prompt_tokens: number | null;
  readonly completion_tokens: number | null;
  readonly feedback: string;
};

/** Describes a job as far as its plan and its record know it. */
export function describeJob(state: JobState, {matrix, run_id}: BenchDetails, runFolder: string): JobRow {
  const {job, record, status} = state;
  const {task, trainer, resolved} = job;
  const result = record?.result ?? {};
  const metrics = record?.metrics ?? {};
  const score = (name: string): number | null => readNumber(metrics[name]) ?? readNumber(result[name]);
  const name = (key: string, planned: string | null): string | null => readText(result[key]) ?? planned;
  const kwargs = (key: string, planned: unknown): unknown =>
    isMapping(result[key]) || Array.isArray(result[key]) ? result[key] : planned;
  const state_ = (file: string): string | null => findState(runFolder, job.id, file);
  const {provider, model, base_url} = matrix.llm;
  const tokens = record?.tokens ?? null;
  const logFolder = `jobs/${job.id}/tb`;
  return {
    run_id,
    job_id: job.id,
    task_id: task.id,
    suite: job.suite,
    trainer_id: trainer.id,
    seed: job.seed,
    status,
    score_val_initial: score('score_val_initial'),
    score_val_final: score('score_val_final'),
    score_val: score('score_val'),
    score_test: score('score_test'),
    time_seconds: record?.duration_seconds ?? null,
    resolved_optimizer: name('resolved_optimizer', resolved.optimizer),
    resolved_guide: name('resolved_guide', resolved.guide),
    resolved_logger: name('resolved_logger', resolveLogger(trainer.logger ?? null)?.id ?? null),
    resolved_trainer_kwargs: kwargs('resolved_trainer_kwargs', resolved.trainer_kwargs),
    resolved_optimizer_kwargs: kwargs('resolved_optimizer_kwargs', resolved.optimizer_kwargs),
    resolved_guide_kwargs: kwargs('resolved_guide_kwargs', resolved.guide_kwargs),
    resolved_logger_kwargs: kwargs('resolved_logger_kwargs', trainer.logger_kwargs ?? {}),
    eval_kwargs: resolved.eval_kwargs,
    feedback: describeFeedback(state),
    llm_provider: name('llm_provider', provider ?? null),
    llm_model: name('llm_model', model ?? null),
    llm_base_url: name('llm_base_url', base_url ?? null),
    token_scope: readText(result['token_scope']) ?? (tokens ? 'job' : null),
    prompt_tokens: tokens?.prompt ?? null,
    completion_tokens: tokens?.completion ?? null,
    total_tokens: tokens?.total ?? null,
    initial_state_path: state_('initial_state'),
    best_state_path: state_('best_state'),
    final_state_path: state_('final_state'),
    state_history_path: state_('state_history'),
    tb_logdir: existsSync(join(runFolder, logFolder)) ? logFolder : null,
  };
}

/** Returns what the judges said; of a job that failed why it did, which the judges cannot know. */
function describeFeedback({record, reason, status}: JobState): string {
  const {feedback, traceback} = asMapping(record?.result);
  const said = readText(feedback) ?? '';
  if (status === 'ok') return said;
  const parts = [reason ?? '', said, readText(traceback) ?? ''].filter(part => part !== '');
  // One part often repeats another.
  const isRepeated = (part: string, i: number): boolean =>
    parts.some((other, j) => j !== i && other.includes(part) && (other !== part || j < i));
  return parts.filter((part, i) => !isRepeated(part, i)).join('\n');
}

const STATE_ENDINGS = ['yaml', 'json', 'jsonl'];

/** Returns where a job keeps a state, relative to the folder of the run. */
function findState(runFolder: string, jobId: string, name: string): string | null {
  const paths = STATE_ENDINGS.map(ending => `jobs/${jobId}/artifacts/${name}.${ending}`);
  return paths.find(path => existsSync(join(runFolder, path))) ?? null;
}

function readNumber(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

function readText(value: unknown): string | null {
  if (typeof value === 'string') return value;
  return Array.isArray(value) && value.every(each => typeof each === 'string') ? value.join('\n') : null;
}

/** Returns who trains: a trainer of ours, or a program of the user's or another system's. */
export function findSource({job, record}: JobState): 'native' | 'external' {
  const said = record?.result['trainer_source'];
  if (said === 'native' || said === 'external') return said;
  return job.trainer.command ? 'external' : describeTrainer(job.trainer).source;
}

/** Lists the files of states that a row names. */
export function listStateFiles(row: JobRow): Mapping {
  const {initial_state_path, best_state_path, final_state_path, state_history_path} = row;
  const files = {
    initial: initial_state_path,
    best: best_state_path,
    final: final_state_path,
    history: state_history_path,
  };
  return Object.fromEntries(Object.entries(files).filter(([, path]) => path !== null));
}
