import type {ConversationOutcome} from '../../core/conversation-outcome.ts';
import {roundHalfEven} from '../../core/rounding.ts';
import type {
  ConversationRound,
  ConversationSummary,
  FailedAttempt,
  FailedAttemptTotals,
  Message,
  RecordedError,
  TokenMetrics,
  TokenTotals,
  ValidationError,
} from '../../record/formats.ts';
import type {ConversationResult} from '../conversation.ts';
import type {AbandonedTurn, FailedTurn} from '../turn.ts';
import {opinionKey} from '../roles/registry.ts';

/** The result of a finished conversation, in the terms of its records. */
export interface Outcome {
  readonly status: ConversationSummary['status'];
  /**
   * The way it ended, which its status only outlines; absent under `compatibility: reference`, whose records stay the
   * older system's.
   */
  readonly result?: ConversationOutcome;
  readonly rounds: readonly ConversationRound[];
  /** Over all messages, those of an incomplete round included: their tokens were spent. */
  readonly tokens: TokenMetrics;
  readonly validationErrors: readonly ValidationError[];
  readonly error: RecordedError | null;
  readonly failedAttempts: readonly FailedAttempt[];
  readonly failedTurn: FailedTurn | null;
  /** Others' messages and turns of the round at which it ended; absent under `compatibility: reference`. */
  readonly unfinished?: {readonly messages: readonly Message[]; readonly turns: readonly AbandonedTurn[]};
}

export function toOutcome(result: ConversationResult, isReference: boolean): Outcome {
  return {
    status: result.status,
    ...(isReference
      ? {}
      : {result: result.outcome, unfinished: {messages: result.unfinished, turns: result.abandoned}}),
    rounds: result.rounds,
    tokens: tokenMetrics([...result.rounds.flatMap(({messages}) => messages), ...result.unfinished]),
    validationErrors: result.validationErrors,
    error: result.error,
    failedAttempts: result.failedAttempts,
    failedTurn: result.failedTurn,
  };
}

/** Returns totals, averages (one decimal, half to even) and maxima of the tokens of messages. */
export function tokenMetrics(messages: readonly Pick<Message, 'message_metadata'>[]): TokenMetrics {
  const prompt = messages.map(({message_metadata: meta}) => meta.prompt_tokens);
  const response = messages.map(({message_metadata: meta}) => meta.response_tokens);
  return {
    total_messages: messages.length,
    prompt_tokens: totals(prompt),
    response_tokens: totals(response),
    combined_tokens: totals(prompt.map((tokens, i) => tokens + (response[i] ?? 0))),
  };
}

function totals(values: readonly number[]): TokenTotals {
  let total = 0;
  let max = 0;
  for (const value of values) {
    total += value;
    max = Math.max(max, value);
  }
  return {total, avg: values.length > 0 ? roundHalfEven(total / values.length, 1) : 0, max};
}

/** Adds up the tokens of replies that were not usable; empty when there were none. */
export function failedAttemptTotals({failedAttempts}: Outcome): {failed_attempts?: FailedAttemptTotals} {
  if (failedAttempts.length === 0) return {};
  return {
    failed_attempts: {
      count: failedAttempts.length,
      prompt_tokens: failedAttempts.reduce((sum, attempt) => sum + attempt.prompt_tokens, 0),
      response_tokens: failedAttempts.reduce((sum, attempt) => sum + attempt.response_tokens, 0),
    },
  };
}

/** Returns what agents answered in the last completed round: participants' opinions and judges' verdicts. */
export function finalAnswers(rounds: readonly ConversationRound[]): Record<string, unknown> {
  const answers: [string, unknown][] = [];
  for (const {agent_id, structured_response: said} of rounds.at(-1)?.messages ?? []) {
    const key = opinionKey(said.response_type);
    if (key !== undefined) answers.push([agent_id, said[key] ?? null]);
  }
  return Object.fromEntries(answers);
}

/** Returns whether all final answers are the same; null where there are none. */
export function detectConsensus(answers: Readonly<Record<string, unknown>>): boolean | null {
  const values = Object.values(answers);
  return values.length === 0 ? null : values.every(value => value === values[0]);
}

/**
 * Counts unusable attempts, and messages that needed more than one; the fatal one counts once, as the reference does.
 */
export function countRetries({rounds, validationErrors, error}: Outcome): {
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

/** Returns the attempts behind a fatal error. */
export function fatalErrors(error: RecordedError | null): readonly Partial<ValidationError>[] {
  const errors = error?.details['validation_errors'];
  return Array.isArray(errors) ? (errors as Partial<ValidationError>[]) : [];
}
