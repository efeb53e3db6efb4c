import type {PlannedTrial} from '../../plan/trial-plan.ts';
import {jsonTimestamp} from '../../record/disk/timestamps.ts';
import {isEvaluatedBy} from '../../record/trial/decide.ts';
import type {TrialRecord} from '../../record/trial/trial-record.ts';
import {ownMetrics} from './metrics.ts';
import type {RunTrialOptions} from './trial-options.ts';

/** Returns the record of a trial that begins now. */
export function beginRecord(options: RunTrialOptions): TrialRecord {
  const {planned, set, gridId, taskIndex, attempt, where, earlier, clock} = options;
  return {
    schema: 'mac.trial-record/1',
    kind: set.kind,
    set: set.id,
    set_folder: set.folder,
    task_key: planned.key,
    grid_id: gridId,
    task_id: taskIndex,
    trial: planned.trial,
    status: 'started',
    attempt,
    started_at: jsonTimestamp(clock.now()),
    finished_at: null,
    duration_seconds: null,
    output_dir: null,
    command: null,
    exit_code: null,
    signal: null,
    log_path: null,
    tail: [],
    gpus: [],
    config_sha256: null,
    metrics: {},
    tokens: null,
    result: {},
    evaluations: [],
    where,
    history: earlier ? [...earlier.history, summarize(earlier)] : [],
  };
}

function summarize({attempt, status, reason, started_at, finished_at}: TrialRecord): TrialRecord['history'][number] {
  return {attempt, status, ...(reason === undefined ? {} : {reason}), started_at, finished_at};
}

/** An earlier run that is kept, so that only evaluators run. */
export interface KeptRun {
  readonly record: TrialRecord;
  readonly ownMetrics: TrialRecord['metrics'];
}

/**
 * Returns an earlier run of the very same, if it is done, with those evaluations that need not be made again: an
 * evaluator that failed, or is another now, runs again.
 */
export function keptRun(earlier: TrialRecord | undefined, {key, trial}: PlannedTrial): KeptRun | undefined {
  if (earlier?.task_key !== key) return undefined;
  if (!['succeeded', 'reused', 'skipped'].includes(earlier.status)) return undefined;
  // Nothing is lost by looking again at a run that is used again.
  if (trial.runner.kind === 'reuse' && !trial.runner.re_evaluate) return undefined;
  const evaluations = earlier.evaluations.filter(({id, status}) => {
    if (status === 'failed' || status === 'timeout') return false;
    const evaluator = trial.evaluators.find(each => each.id === id);
    return evaluator ? isEvaluatedBy(earlier, evaluator) : status === 'reused';
  });
  return {record: {...earlier, trial, evaluations}, ownMetrics: ownMetrics(earlier)};
}
