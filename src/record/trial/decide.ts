import type {TrialRecord} from './trial-record.ts';

/** Which trials run again: all that are not done, only those that failed, or all. */
export type ResumeMode = 'auto' | 'failed' | 'none';

/** What becomes of a trial, and why. */
export type Decision =
  | {readonly kind: 'run'; readonly reason: string}
  | {readonly kind: 'keep'}
  | {readonly kind: 'leave'; readonly reason: string};

/**
 * Decides what becomes of a trial by its record and its key, never by names or times.
 *
 * @param key of the trial as it is planned now.
 */
export function decide(
  record: Pick<TrialRecord, 'status' | 'task_key' | 'evaluations'> | undefined,
  key: string,
  mode: ResumeMode,
): Decision {
  if (mode === 'none') return {kind: 'run', reason: 'asked for'};
  if (!record) {
    return mode === 'failed' ? {kind: 'leave', reason: 'never ran'} : {kind: 'run', reason: 'never ran'};
  }
  if (record.task_key !== key) return {kind: 'run', reason: 'what it does has changed since it ran'};
  switch (record.status) {
    case 'succeeded':
    case 'reused':
    case 'skipped': {
      const failed = record.evaluations.find(({status}) => status === 'failed' || status === 'timeout');
      return failed ? {kind: 'run', reason: `evaluator ${failed.id} failed`} : {kind: 'keep'};
    }
    case 'failed':
    case 'timeout':
      return {kind: 'run', reason: 'failed'};
    case 'started':
    case 'cancelled':
      return mode === 'failed' ? {kind: 'leave', reason: 'never ended'} : {kind: 'run', reason: 'never ended'};
  }
}
