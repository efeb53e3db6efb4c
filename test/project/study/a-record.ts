import type {PlannedTrial, TrialPlan} from '../../../src/plan/trial-plan.ts';
import type {TrialEvaluation, TrialRecord} from '../../../src/record/trial/trial-record.ts';

/** Returns the record of a trial that succeeded in its planned folder; a test says only what differs. */
export function aRecord(plan: TrialPlan, id: string, parts: Partial<TrialRecord> = {}): TrialRecord {
  const planned = plan.trials.find(({trial}) => trial.id === id);
  if (!planned) throw new Error(`no trial ${id}`);
  return {...ofTrial(plan, planned), ...parts};
}

function ofTrial({set}: TrialPlan, {trial, key, index}: PlannedTrial): TrialRecord {
  return {
    schema: 'mac.trial-record/1',
    kind: set.kind,
    set: set.id,
    set_folder: set.folder,
    task_key: key,
    grid_id: 'g',
    task_id: index,
    trial,
    status: trial.runner.kind === 'reuse' ? 'reused' : 'succeeded',
    attempt: 1,
    started_at: '2026-01-31T09:08:07.000000Z',
    finished_at: '2026-01-31T09:08:09.500000Z',
    duration_seconds: 2.5,
    output_dir: trial.output_dir,
    command: trial.runner.kind === 'command' ? trial.runner.argv : null,
    exit_code: 0,
    signal: null,
    log_path: String(trial.details['log_path']),
    tail: ['done'],
    gpus: [],
    config_sha256: null,
    metrics: {},
    tokens: null,
    result: {},
    evaluations: [],
    where: {host: 'h', boot_id: null, pid_namespace: null, pid: 1, pid_start: null, nonce: 'n'},
    history: [],
  };
}

/** Returns an evaluation that succeeded and wrote a file. */
export function anEvaluation(
  id: string,
  path: string | null,
  metrics: Readonly<Record<string, number>> = {},
): TrialEvaluation {
  return {
    id,
    status: 'succeeded',
    path,
    metrics,
    started_at: null,
    finished_at: null,
    command: ['x'],
    exit_code: 0,
    signal: null,
    log_path: null,
    tail: [],
  };
}
