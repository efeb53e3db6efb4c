import {type BenchJob, listJobs} from '../../plan/bench/jobs.ts';
import type {BenchDetails} from '../../plan/bench/details.ts';
import type {PlannedTrial} from '../../plan/trial-plan.ts';
import type {TrialRecord} from '../../record/trial/trial-record.ts';
import type {ProjectContext} from '../projector.ts';

/** State of a job of a matrix. `started`: it runs, or was killed and has not been run again. */
export type JobStatus = 'ok' | 'failed' | 'skipped' | 'started' | 'not_executed';

/** One job with what its record says of it. */
export interface JobState {
  readonly job: BenchJob;
  readonly planned: PlannedTrial;
  readonly status: JobStatus;
  /** An earlier run has done it. */
  readonly isReused: boolean;
  /** Reason why it failed, was skipped or did not run. */
  readonly reason: string | null;
  /** Absent where it did not run, or not as it is planned now. */
  readonly record: TrialRecord | undefined;
}

/** Reads how the jobs of a matrix stand, in the order of the plan. */
export function readJobStates(
  {plan, records, gridId}: Pick<ProjectContext, 'plan' | 'records' | 'gridId'>,
  {matrix}: BenchDetails,
): JobState[] {
  const jobs = new Map(listJobs(matrix).map(job => [job.id, job]));
  return plan.trials.flatMap(planned => {
    const job = jobs.get(planned.trial.id);
    return job ? [describe(job, planned, records.get(job.id), gridId)] : [];
  });
}

function describe(
  job: BenchJob,
  planned: PlannedTrial,
  record: TrialRecord | undefined,
  gridId: ProjectContext['gridId'],
): JobState {
  const common = {job, planned, isReused: false, record: undefined};
  if (!record) return {...common, status: 'not_executed', reason: 'never ran'};
  if (record.task_key !== planned.key) {
    return {...common, status: 'not_executed', reason: 'ran on other examples (--limit), so that is no result of it'};
  }
  const ran = {...common, record, reason: record.reason ?? null};
  switch (record.status) {
    case 'succeeded':
    case 'reused':
      return {...ran, status: 'ok', isReused: isEarlier(record, gridId)};
    case 'skipped':
      return {...ran, status: 'skipped', isReused: isEarlier(record, gridId)};
    case 'failed':
      return {...ran, status: 'failed'};
    case 'timeout':
      return {...ran, status: 'failed', reason: `job_timeout: ${record.reason ?? describeLimit(planned)}`};
    case 'started':
      return {...ran, status: 'started', reason: 'it has not ended'};
    case 'cancelled':
      return {...common, status: 'not_executed', reason: record.reason ?? 'cancelled'};
  }
}

function isEarlier(record: TrialRecord, gridId: ProjectContext['gridId']): boolean {
  return gridId !== undefined && record.grid_id !== gridId;
}

function describeLimit({trial}: PlannedTrial): string {
  return `no end after ${trial.timeout_seconds ?? 0} s`;
}
