import type {Question} from '../../questions/question.ts';
import {countUnderlyingErrors} from '../../record/task/error-codes.ts';
import type {IndexRecord} from '../../record/index/index-file.ts';
import type {Outcome} from './outcome.ts';

/**
 * The conversation's line in the experiment's index; `outcome`, `failures`, `attempt` and `created_at` are ours and
 * stand last.
 */
export function buildIndexRecord(input: {
  readonly outcome: Outcome;
  readonly question: Question;
  readonly jobTaskId: string;
  readonly configSnapshotPath: string;
  readonly transcriptPath: string;
  readonly attempt?: number;
  readonly createdAt?: string;
}): IndexRecord {
  const {outcome, attempt, createdAt} = input;
  const {error} = outcome;
  const failures = countUnderlyingErrors(error, outcome.result);
  return {
    question_id: input.question.question_id,
    job_task_id: input.jobTaskId,
    config_snapshot_path: input.configSnapshotPath,
    transcript_path: input.transcriptPath,
    status: outcome.status,
    total_rounds_completed: outcome.rounds.length,
    fatal_error: error && {error_class: error.error_class, error_code: error.error_code, message: error.message},
    ...(outcome.result === undefined ? {} : {outcome: outcome.result}),
    ...(outcome.result === undefined || failures.length === 0 ? {} : {failures}),
    ...(attempt === undefined ? {} : {attempt}),
    ...(createdAt === undefined ? {} : {created_at: createdAt}),
  };
}
