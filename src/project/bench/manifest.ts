import type {BenchDetails} from '../../plan/bench/details.ts';
import {findSource, type JobRow, listStateFiles} from './job-row.ts';
import type {JobState} from './job-state.ts';

/** Describes a job for `manifest.json`; `job_meta.json` has the same and more. */
export function describeEntry(state: JobState, row: JobRow): object {
  const {job, status, isReused, reason, record} = state;
  const entry = {
    job_id: job.id,
    task_id: job.task.id,
    suite: job.suite,
    trainer_id: job.trainer.id,
    variant: job.variant,
    seed: job.seed,
    source: findSource(state),
    resolved_trainer: record?.result['resolved_trainer'] ?? job.trainer.id,
    raw_params: job.params,
    resolved_optimizer: row.resolved_optimizer,
    resolved_guide: row.resolved_guide,
    resolved_logger: row.resolved_logger,
    resolved_trainer_kwargs: row.resolved_trainer_kwargs,
    resolved_optimizer_kwargs: row.resolved_optimizer_kwargs,
    resolved_guide_kwargs: row.resolved_guide_kwargs,
    resolved_logger_kwargs: row.resolved_logger_kwargs,
    eval_kwargs: row.eval_kwargs,
    status: isReused ? 'reused' : status,
    feedback: row.feedback,
    llm: {llm_provider: row.llm_provider, llm_model: row.llm_model, llm_base_url: row.llm_base_url},
    token_scope: row.token_scope,
    prompt_tokens: row.prompt_tokens,
    completion_tokens: row.completion_tokens,
    total_tokens: row.total_tokens,
    state_files: listStateFiles(row),
    attempt: record?.attempt ?? null,
    task_key: state.planned.key,
  };
  if (status === 'not_executed') return {...entry, status_hint: null, skip_reason: reason};
  return status === 'skipped' ? {...entry, status_hint: 'skipped', skip_reason: reason} : entry;
}

/** Describes a job for `job_meta.json`: its entry in the manifest, and what the file says of it. */
export function describeMeta(state: JobState, row: JobRow): object {
  const {optimizer, optimizer_kwargs, guide, guide_kwargs, logger, logger_kwargs} = state.job.trainer;
  return {
    ...describeEntry(state, row),
    params: state.job.params,
    optimizer: optimizer ?? null,
    optimizer_kwargs: optimizer_kwargs ?? {},
    guide: guide ?? null,
    guide_kwargs: guide_kwargs ?? {},
    logger: logger ?? null,
    logger_kwargs: logger_kwargs ?? {},
    tb_logdir: row.tb_logdir,
  };
}

/** A run that computed its jobs, or a check of a file that computed none. */
export type RunKind = 'run' | 'validation';

/** Describes a run for `manifest.json`. */
export function describeRun(
  {run_id, config_hash, llm_hash, matrix}: BenchDetails,
  {kind, generatedAt, jobs}: {readonly kind: RunKind; readonly generatedAt: string; readonly jobs: readonly object[]},
): object {
  return {
    run_id,
    kind,
    generated_at: generatedAt,
    config_hash,
    llm_hash,
    mode: matrix.mode,
    tags: matrix.tags,
    jobs,
  };
}
