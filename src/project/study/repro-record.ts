import type {Mapping} from '../../core/mapping.ts';
import type {TrialStatus} from '../../core/trial.ts';
import type {TrialEvaluation} from '../../record/trial/trial-record.ts';
import {studyTimestamp, type FinishedRow} from './study-rows.ts';

export const SCHEMA_VERSION = 1;

/** Names that `repro_lock` has for the outcomes of trials. */
const STATUSES: Readonly<Record<TrialStatus, string>> = {
  started: 'pending',
  succeeded: 'success',
  reused: 'reused',
  skipped: 'skipped',
  failed: 'failed',
  timeout: 'timeout',
  cancelled: 'failed',
};

/** Return code of a run that was ended because it took too long, as `timeout` has it. */
const TIMEOUT_CODE = 124;

/** Returns what `repro_lock` calls an outcome. */
export function nameStatus(status: TrialStatus): string {
  return STATUSES[status];
}

/** Returns the record of a finished row as `repro_lock.jsonl` has it. */
export function toReproRecord(row: FinishedRow, study: {readonly id: string; readonly name: string}): Mapping {
  const {record, trial, details} = row;
  const {runner} = trial;
  return {
    schema_version: SCHEMA_VERSION,
    run_id: trial.id,
    study: study.name,
    study_id: study.id,
    hypothesis: row.hypothesis,
    condition: row.condition,
    sub_experiment: details['sub_experiment'],
    scenario: row.scenario,
    seed: row.seed,
    execution_mode: details['mode'],
    run_name: details['run_name'],
    status: nameStatus(record.status),
    ...(record.reason === undefined ? {} : {error: record.reason}),
    started_at: studyTimestamp(record.started_at),
    finished_at: record.finished_at === null ? null : studyTimestamp(record.finished_at),
    duration_seconds: record.duration_seconds,
    attempt: record.attempt,
    task_key: record.task_key,
    resolved_overrides: details['overrides'],
    planned_output_rootname: details['planned_output_rootname'],
    command: record.command,
    log_path: record.log_path,
    run_dir: record.output_dir,
    simulation_output_path: record.output_dir,
    return_code: record.status === 'timeout' ? TIMEOUT_CODE : record.exit_code,
    tail: record.tail,
    evaluations: record.evaluations.map(toEvaluation),
    eval_paths: Object.fromEntries(record.evaluations.flatMap(({id, path}) => (path === null ? [] : [[id, path]]))),
    reused: runner.kind === 'reuse' ? {source: runner.source, eval: runner.evaluation} : null,
    lock: {
      effective_config_path: record.config_sha256 === null ? null : `${record.output_dir ?? ''}/effective_config.yaml`,
      effective_config_sha256: record.config_sha256,
    },
    gpu_binding: record.gpus.length === 0 ? null : record.gpus.join(','),
    metrics: record.metrics,
    tokens: record.tokens,
  };
}

function toEvaluation({id, status, reason, path, command, log_path, exit_code, tail}: TrialEvaluation): Mapping {
  const isTimeout = status === 'timeout';
  return {
    id,
    status: status === 'succeeded' ? 'success' : isTimeout ? 'failed' : status,
    ...(reason === undefined ? {} : {error: reason}),
    path,
    command,
    log_path,
    return_code: isTimeout ? TIMEOUT_CODE : exit_code,
    tail,
  };
}
