import type {TaskConfig} from '../core/task-config.ts';
import type {Question} from '../questions/question.ts';
import type {
  ConversationRound,
  ConversationSummary,
  FailedAttempt,
  FailedAttemptTotals,
  IndexRecord,
  Message,
  RecordedError,
  TokenMetrics,
  Transcript,
  TranscriptProvenance,
  ValidationError,
} from '../record/formats.ts';
import type {AgentStatistics, TranscriptStatistics} from '../record/task-summary.ts';
import {ERROR_CODES} from '../record/recorded-errors.ts';
import type {ConversationResult, FailedTurn} from './conversation.ts';
import {aggregateErrors} from './error-aggregation.ts';
import {tokenMetrics} from './token-metrics.ts';

/** What a finished conversation leaves, in the terms of its records. */
export interface Outcome {
  readonly status: ConversationSummary['status'];
  readonly rounds: readonly ConversationRound[];
  /** Over all messages, those of an incomplete round included: their tokens were spent. */
  readonly tokens: TokenMetrics;
  readonly validationErrors: readonly ValidationError[];
  readonly error: RecordedError | null;
  readonly failedAttempts: readonly FailedAttempt[];
  readonly failedTurn: FailedTurn | null;
}

export function outcomeOf(result: ConversationResult): Outcome {
  return {
    status: result.status,
    rounds: result.rounds,
    tokens: tokenMetrics([...result.rounds.flatMap(({messages}) => messages), ...result.unfinished]),
    validationErrors: result.validationErrors,
    error: result.error,
    failedAttempts: result.failedAttempts,
    failedTurn: result.failedTurn,
  };
}

export interface TranscriptInput {
  readonly outcome: Outcome;
  readonly transcriptId: string;
  readonly question: Question;
  readonly config: TaskConfig;
  readonly configSnapshotPath: string;
  readonly jobTaskId: string;
  readonly submissionTimestamp: string;
  readonly executionTimestamp: string;
  readonly createdAt: string;
  readonly debug: boolean;
  readonly provenance?: TranscriptProvenance;
}

/** The transcript: keys and their order are the older system's; `provenance` is ours and stands last. */
export function buildTranscript(input: TranscriptInput): Transcript {
  const {outcome, config, question, debug, provenance} = input;
  const {experiment_name, benchmark_subcategory, schema_version} = config.experiment_metadata;
  return {
    transcript_id: input.transcriptId,
    protocol_version: schema_version,
    experiment_metadata: {
      experiment_name,
      benchmark_subcategory,
      config_snapshot_path: input.configSnapshotPath,
      submission_timestamp: input.submissionTimestamp,
      execution_timestamp: input.executionTimestamp,
      job_task_id: input.jobTaskId,
      question_id: question.question_id,
    },
    conversation_rounds: outcome.rounds,
    conversation_summary: summarise(outcome),
    created_at: input.createdAt,
    ...(debug
      ? {
          question,
          conversation_config: {
            routing_strategy: config.conversation_config.routing_strategy,
            max_rounds: config.conversation_config.max_rounds,
          },
          retry_config: config.retry_config,
          identity_reveal_config: config.identity_reveal_config,
          agent_definitions: config.agent_definitions,
        }
      : {}),
    ...(provenance ? {provenance} : {}),
  };
}

function summarise(outcome: Outcome): ConversationSummary {
  const answers = finalAnswers(outcome.rounds);
  return {
    total_rounds: outcome.rounds.length,
    total_messages: outcome.tokens.total_messages,
    status: outcome.status,
    final_answers: answers,
    consensus_reached: consensusOf(answers),
    token_metrics: outcome.tokens,
    retry_statistics: {
      ...countRetries(outcome),
      validation_errors_summary: aggregateErrors(outcome.validationErrors),
    },
    ...(outcome.error ? {error_info: outcome.error} : {}),
    ...failedAttemptTotals(outcome),
    ...failedTurn(outcome),
  };
}

/** What the replies cost that were not usable; nothing if there were none. */
function failedAttemptTotals({failedAttempts}: Outcome): {failed_attempts?: FailedAttemptTotals} {
  if (failedAttempts.length === 0) return {};
  return {
    failed_attempts: {
      count: failedAttempts.length,
      prompt_tokens: failedAttempts.reduce((sum, attempt) => sum + attempt.prompt_tokens, 0),
      response_tokens: failedAttempts.reduce((sum, attempt) => sum + attempt.response_tokens, 0),
    },
  };
}

function failedTurn({failedTurn: turn}: Outcome): Pick<ConversationSummary, 'failed_turn'> {
  if (!turn) return {};
  return {failed_turn: {agent_id: turn.agentId, round_id: turn.round, failed_attempts: turn.failedAttempts}};
}

/** Of the last completed round: participants' opinions and judges' verdicts. */
function finalAnswers(rounds: readonly ConversationRound[]): Record<string, unknown> {
  const answers: [string, unknown][] = [];
  for (const {agent_id, structured_response: said} of rounds.at(-1)?.messages ?? []) {
    if (said.response_type === 'participant') answers.push([agent_id, said.opinion ?? null]);
    else if (said.response_type === 'judge') answers.push([agent_id, said['verdict'] ?? null]);
  }
  return Object.fromEntries(answers);
}

function consensusOf(answers: Readonly<Record<string, unknown>>): boolean | null {
  const values = Object.values(answers);
  return values.length === 0 ? null : values.every(value => value === values[0]);
}

/** Attempts that were not usable, and messages that needed more than one; the fatal one counts once (reference-compatible). */
function countRetries({rounds, validationErrors, error}: Outcome): {
  total_retry_attempts: number;
  messages_requiring_retries: number;
} {
  const fatal = fatalErrors(error).length;
  const perMessage = rounds.flatMap(({messages}) => messages).map(({message_metadata: meta}) => meta.retry_count);
  const recorded = perMessage.reduce((sum, retries) => sum + retries, 0);
  const unfinished = validationErrors.length - fatal > recorded ? 1 : 0;
  return {
    total_retry_attempts: Math.max(0, validationErrors.length - (fatal > 0 ? 1 : 0)),
    messages_requiring_retries: perMessage.filter(retries => retries > 0).length + unfinished + (fatal > 0 ? 1 : 0),
  };
}

/** The attempts behind a fatal error. */
function fatalErrors(error: RecordedError | null): readonly Partial<ValidationError>[] {
  const errors = error?.details['validation_errors'];
  return Array.isArray(errors) ? (errors as Partial<ValidationError>[]) : [];
}

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
  return {
    question_id: input.question.question_id,
    job_task_id: input.jobTaskId,
    config_snapshot_path: input.configSnapshotPath,
    transcript_path: input.transcriptPath,
    status: outcome.status,
    total_rounds_completed: outcome.rounds.length,
    fatal_error: error && {error_class: error.error_class, error_code: error.error_code, message: error.message},
    ...(attempt === undefined ? {} : {attempt}),
    ...(createdAt === undefined ? {} : {created_at: createdAt}),
  };
}

/**
 * What the task's summary keeps of a conversation. Under `compatibility: reference` a failed agent's attempts are not attributed to it, as in the older
 * system, which looked its id up in the wrong place.
 */
export function transcriptStatistics(input: {
  readonly outcome: Outcome;
  readonly transcriptId: string;
  readonly question: Question;
  readonly config: TaskConfig;
}): TranscriptStatistics {
  const {outcome, config} = input;
  const messages = outcome.rounds.flatMap(round => round.messages);
  const tokens = tokenMetrics(messages);
  const fatal = fatalErrors(outcome.error);
  const failed = config.compatibility === 'reference' ? null : outcome.failedTurn;
  const hasExceeded = outcome.error?.error_code === ERROR_CODES.MaxRetriesExceededError;
  return {
    transcript_id: input.transcriptId,
    question_id: input.question.question_id,
    status: outcome.status,
    rounds_completed: outcome.rounds.length,
    tokens_generated: tokens.response_tokens.total,
    tokens_prompt: tokens.prompt_tokens.total,
    max_tokens_prompt: tokens.prompt_tokens.max,
    max_tokens_combined: tokens.combined_tokens.max,
    retry_attempts: countRetries(outcome).total_retry_attempts,
    consensus_reached: consensusOf(finalAnswers(outcome.rounds)),
    validation_errors: [...messages.flatMap(({message_metadata: meta}) => meta.validation_errors ?? []), ...fatal],
    per_agent: Object.fromEntries(
      config.agent_definitions.map(({agent_id: id}) => {
        const own = messages.filter(message => message.agent_id === id);
        return [id, agentStatistics(own, failed?.agentId === id ? failed : null, hasExceeded)];
      }),
    ),
    ...failedAttemptTotals(outcome),
  };
}

function agentStatistics(own: readonly Message[], failed: FailedTurn | null, hasExceeded: boolean): AgentStatistics {
  const retries = own.reduce((sum, {message_metadata: meta}) => sum + meta.retry_count, 0);
  return {
    tokens_generated: own.reduce((sum, {message_metadata: meta}) => sum + meta.response_tokens, 0),
    message_count: own.length,
    // The first of the failed turn's attempts is not a retry.
    retry_count: retries + (failed ? failed.attempts - 1 : 0),
    exceeded_retry_limit: failed !== null && hasExceeded,
  };
}
