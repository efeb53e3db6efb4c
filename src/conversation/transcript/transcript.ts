import type {TaskConfig} from '../../core/task-config.ts';
import type {Question} from '../../questions/question.ts';
import type {ConversationSummary, Transcript, TranscriptProvenance, ValidationError} from '../../record/formats.ts';
import type {IndexRecord} from '../../record/index/index-file.ts';
import {countUnderlyingErrors} from '../../record/task/error-codes.ts';
import {detectConsensus, countRetries, failedAttemptTotals, finalAnswers, type Outcome} from './outcome.ts';

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

/** Builds the transcript: keys and their order are the older system's; `provenance` is ours and comes last. */
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
    ...(outcome.result === undefined ? {} : {outcome: outcome.result}),
    final_answers: answers,
    consensus_reached: detectConsensus(answers),
    token_metrics: outcome.tokens,
    retry_statistics: {
      ...countRetries(outcome),
      validation_errors_summary: aggregateErrors(outcome.validationErrors),
    },
    ...(outcome.error ? {error_info: outcome.error} : {}),
    ...failedAttemptTotals(outcome),
    ...failedTurn(outcome),
    ...unfinishedRound(outcome),
  };
}

function failedTurn({failedTurn: turn}: Outcome): Pick<ConversationSummary, 'failed_turn'> {
  if (!turn) return {};
  return {failed_turn: {agent_id: turn.agentId, round_id: turn.round, failed_attempts: turn.failedAttempts}};
}

function unfinishedRound({unfinished, rounds}: Outcome): Pick<ConversationSummary, 'unfinished_round'> {
  if (!unfinished || unfinished.messages.length + unfinished.turns.length === 0) return {};
  const turns = unfinished.turns.map(({agentId, failedAttempts}) => ({
    agent_id: agentId,
    failed_attempts: failedAttempts,
  }));
  return {unfinished_round: {round_id: rounds.length, messages: unfinished.messages, failed_turns: turns}};
}

/** Names of error codes in a transcript's summary; other codes are named after themselves. */
const ERROR_NAMES: Readonly<Record<string, string>> = {
  INVALID_ANSWER: 'Invalid answer: has to be from choice text',
  MISSING_STRUCTURED_OUTPUT: 'Missing structured output in response',
  MAX_LENGTH_EXCEEDED: 'Response exceeded maximum token limit',
  MAX_RETRIES_EXCEEDED: 'Maximum retry attempts exceeded',
  JSON_PARSE_REPAIRED: 'JSON parsing required repair',
  JSON_PARSE_FAILED: 'JSON parsing failed',
  API_ERROR: 'Hosted API error',
  API_REQUEST_ERROR: 'Hosted API request failed',
  CONTEXT_FULL: 'Context full before the reply was complete',
  PROMPT_TRUNCATED: 'Prompt cut by the server',
  REPLY_INTERRUPTED: 'Reply broken off by the server',
  CONTENT_FILTERED: 'Reply stopped by a content filter',
  MODEL_REFUSED: 'Model declined to answer',
  THOUGHTS_ONLY: 'Thoughts without an answer',
  PLACEHOLDER_RATIONALE: "Prompt's placeholder returned",
  LABEL_CONTRADICTS: 'Label and words name different choices',
};

/** Counts each kind of error, most frequent first, equals in order of appearance. */
export function aggregateErrors(errors: readonly Partial<ValidationError>[]): {error: string; count: number}[] {
  const counts = new Map<string, number>();
  for (const error of errors) {
    const code = deriveCode(error);
    if (code === undefined) continue;
    const text = describeCode(code);
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return [...counts].map(([error, count]) => ({error, count})).sort((a, b) => b.count - a.count);
}

/** Returns an error's code, or its class where it has none; undefined when it has neither. */
function deriveCode({error_code: code, error_class: name}: Partial<ValidationError>): string | undefined {
  return code ?? name?.replaceAll('Error', '').toUpperCase();
}

function describeCode(code: string): string {
  return (
    ERROR_NAMES[code] ??
    code.replaceAll('_', ' ').replace(/[A-Za-z]+/g, word => word.charAt(0).toUpperCase() + word.slice(1).toLowerCase())
  );
}

/**
 * Builds the conversation's line in the experiment's index; `outcome`, `failures`, `attempt` and `created_at` are ours
 * and come last.
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
