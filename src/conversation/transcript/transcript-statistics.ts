import type {TaskConfig} from '../../core/task-config.ts';
import type {Question} from '../../questions/question.ts';
import type {Message} from '../../record/formats.ts';
import {ERROR_CODES} from '../../record/task/recorded-errors.ts';
import type {AgentStatistics, TranscriptStatistics} from '../../record/task/task-summary.ts';
import type {FailedTurn} from '../turn.ts';
import {
  detectConsensus,
  countRetries,
  failedAttemptTotals,
  fatalErrors,
  finalAnswers,
  tokenMetrics,
  type Outcome,
} from './outcome.ts';

/**
 * Returns what the task's summary keeps of a conversation. Under `compatibility: reference` a failed agent's attempts
 * are not attributed to it, as in the older system, which looked its id up in the wrong place.
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
    ...(outcome.result === undefined ? {} : {outcome: outcome.result}),
    rounds_completed: outcome.rounds.length,
    tokens_generated: tokens.response_tokens.total,
    tokens_prompt: tokens.prompt_tokens.total,
    max_tokens_prompt: tokens.prompt_tokens.max,
    max_tokens_combined: tokens.combined_tokens.max,
    retry_attempts: countRetries(outcome).total_retry_attempts,
    consensus_reached: detectConsensus(finalAnswers(outcome.rounds)),
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
