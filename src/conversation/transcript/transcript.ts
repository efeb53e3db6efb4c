import type {TaskConfig} from '../../core/task-config.ts';
import type {Question} from '../../questions/question.ts';
import type {ConversationSummary, Transcript, TranscriptProvenance} from '../../record/formats.ts';
import {aggregateErrors} from './error-aggregation.ts';
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
