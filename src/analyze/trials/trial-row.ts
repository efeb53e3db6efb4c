import type {Label, TrialStatus} from '../../core/trial.ts';
import {valueText} from '../../core/text/value-text.ts';
import type {TrialRecord} from '../../record/trial/trial-record.ts';

/** A trial's record as far as scores and the table `trials` need it; configs and tails of logs are left out. */
export interface TrialRow {
  readonly kind: string;
  readonly set: string;
  readonly setFolder: string;
  readonly id: string;
  readonly labels: ReadonlyMap<string, Label>;
  readonly seed: number | null;
  readonly status: TrialStatus;
  readonly reason: string | null;
  /** Its reported metrics, and `USAGE_METRICS` where it has no metrics of these names. */
  readonly metrics: ReadonlyMap<string, number>;
  /** Ids of the metrics that it reported itself. */
  readonly reported: readonly string[];
  /** Ids of evaluators that failed: their metrics are not there. */
  readonly failedEvaluators: readonly string[];
  readonly record: Pick<
    TrialRecord,
    | 'task_key'
    | 'grid_id'
    | 'attempt'
    | 'started_at'
    | 'finished_at'
    | 'duration_seconds'
    | 'exit_code'
    | 'signal'
    | 'output_dir'
    | 'log_path'
    | 'config_sha256'
    | 'tokens'
  >;
}

/** Metrics that every trial is measured by. Less is better. */
export const USAGE_METRICS = ['duration_seconds', 'prompt_tokens', 'completion_tokens', 'total_tokens'] as const;

/** The column of seeds; a label of this name is the same and left out. */
export const SEED = 'seed';

/** Returns the row of a record. */
export function toTrialRow(record: TrialRecord): TrialRow {
  const {trial, tokens, evaluations, metrics} = record;
  const {task_key, grid_id, attempt, started_at, finished_at, duration_seconds} = record;
  const {exit_code, signal, output_dir, log_path, config_sha256} = record;
  const usage: Readonly<Record<(typeof USAGE_METRICS)[number], number | null>> = {
    duration_seconds,
    prompt_tokens: tokens?.prompt ?? null,
    completion_tokens: tokens?.completion ?? null,
    total_tokens: tokens?.total ?? null,
  };
  const reported = Object.entries(metrics).filter(([, value]) => Number.isFinite(value));
  const measured = USAGE_METRICS.flatMap(id => {
    const value = usage[id];
    return value === null ? [] : [[id, value] as const];
  });
  return {
    kind: record.kind,
    set: record.set,
    setFolder: record.set_folder,
    id: trial.id,
    labels: new Map(Object.entries(trial.labels).filter(([name]) => name !== SEED)),
    seed: trial.seed,
    status: record.status,
    reason: record.reason ?? null,
    metrics: new Map([...measured, ...reported]),
    reported: reported.map(([id]) => id),
    failedEvaluators: evaluations.filter(({status}) => status === 'failed' || status === 'timeout').map(({id}) => id),
    record: {
      task_key,
      grid_id,
      attempt,
      started_at,
      finished_at,
      duration_seconds,
      exit_code,
      signal,
      output_dir,
      log_path,
      config_sha256,
      tokens,
    },
  };
}

/** Returns whether a trial's metrics are results: it ended well, now or in an earlier run. */
export function isScored({status}: Pick<TrialRow, 'status'>): boolean {
  return status === 'succeeded' || status === 'reused';
}

/** Returns the metrics that trials reported themselves, in the order in which they occur; those of all trials after. */
export function listMetrics(rows: readonly TrialRow[]): string[] {
  return [...new Set([...rows.flatMap(({reported}) => reported), ...listUsage(rows)])];
}

/** Returns the metrics that trials reported themselves. */
export function listReportedMetrics(rows: readonly TrialRow[]): string[] {
  return [...new Set(rows.flatMap(({reported}) => reported))];
}

function listUsage(rows: readonly TrialRow[]): string[] {
  return USAGE_METRICS.filter(id => rows.some(({metrics}) => metrics.has(id)));
}

/** Returns metrics of which less is better: declared by the caller, or measured of every trial. */
export function listMinimised(rows: readonly TrialRow[], declared: readonly string[] = []): ReadonlySet<string> {
  const reported = new Set(rows.flatMap(row => row.reported));
  const usage = USAGE_METRICS.filter(id => !reported.has(id));
  return new Set([...declared, ...usage]);
}

/** Returns a row's value in a column as tables show it. */
export function columnText(row: TrialRow, column: string): string {
  if (column === SEED) return String(row.seed);
  if (column === SET) return row.set;
  return valueText(row.labels.get(column));
}

/** The column of sets, where several are read together. */
export const SET = 'set';
