import type {Evaluator, Trial} from '../../core/trial.ts';
import type {Immutable} from '../formats.ts';
import {isSameEvaluator} from './same-evaluator.ts';
import type {TrialRecord} from './trial-record.ts';

/** Choice of the trials that run again: all that are not done, only those that failed, or all. */
export type ResumeMode = 'auto' | 'failed' | 'none';

/** The fate of a trial, and why. */
export type Decision =
  | {readonly kind: 'run'; readonly reason: string; readonly isChanged?: boolean}
  | {readonly kind: 'keep'}
  | {readonly kind: 'leave'; readonly reason: string};

/**
 * Decides what becomes of a trial by its record and its key, never by names or times.
 *
 * @param planned the trial as it is planned now, with its key.
 */
export function decide(
  record: Pick<TrialRecord, 'status' | 'task_key' | 'evaluations' | 'trial'> | undefined,
  planned: {readonly key: string; readonly trial: Pick<Trial, 'evaluators'>},
  mode: ResumeMode,
): Decision {
  if (mode === 'none') return {kind: 'run', reason: 'asked for'};
  if (!record) {
    return mode === 'failed' ? {kind: 'leave', reason: 'never ran'} : {kind: 'run', reason: 'never ran'};
  }
  if (record.task_key !== planned.key)
    return {kind: 'run', reason: 'what it does has changed since it ran', isChanged: true};
  switch (record.status) {
    case 'succeeded':
    case 'reused':
    case 'skipped': {
      const reason = describeUnevaluated(record, planned.trial.evaluators);
      return reason === undefined ? {kind: 'keep'} : {kind: 'run', reason};
    }
    case 'failed':
    case 'timeout':
      return {kind: 'run', reason: 'failed'};
    case 'started':
    case 'cancelled':
      return mode === 'failed' ? {kind: 'leave', reason: 'never ended'} : {kind: 'run', reason: 'never ended'};
  }
}

/**
 * Says which evaluator of a run that is done has no result, because it failed, was another or was never run; undefined
 * for none.
 */
export function describeUnevaluated(
  record: Pick<TrialRecord, 'status' | 'trial' | 'evaluations'>,
  evaluators: readonly Immutable<Evaluator>[],
): string | undefined {
  const failed = record.evaluations.find(({status}) => status === 'failed' || status === 'timeout');
  if (failed) return `evaluator ${failed.id} failed`;
  const due = isEvaluated(record) ? evaluators : [];
  const missing = due.find(({id}) => !record.evaluations.some(each => each.id === id));
  if (missing) return `evaluator ${missing.id} has not run`;
  const changed = due.find(each => !isEvaluatedBy(record, each));
  return changed && `evaluator ${changed.id} has changed since it ran`;
}

/** Returns whether a trial's evaluators run when it has ended so. */
export function isEvaluated({status, trial: {runner}}: Pick<TrialRecord, 'status' | 'trial'>): boolean {
  return status === 'succeeded' || (status === 'reused' && runner.kind === 'reuse' && runner.re_evaluate);
}

/** Returns whether a trial was evaluated by this very evaluator, successfully or not. */
export function isEvaluatedBy(
  record: Pick<TrialRecord, 'trial' | 'evaluations'>,
  evaluator: Immutable<Evaluator>,
): boolean {
  const before = record.trial.evaluators.find(({id}) => id === evaluator.id);
  if (!before || !record.evaluations.some(({id}) => id === evaluator.id)) return false;
  return isSameEvaluator(before, evaluator);
}
