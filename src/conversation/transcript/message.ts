import type {CallRecord, FailedAttempt, Message, MessageMetadata, ValidationError} from '../../record/formats.ts';
import type {Accepted, Rejected, Reply} from '../judging/judgement.ts';
import type {Seat} from '../seat.ts';

/** The attempts of one turn before the one that counts. */
export interface Attempts {
  readonly errors: readonly ValidationError[];
  readonly failed: readonly FailedAttempt[];
}

/** Builds the record of a turn that was answered. Keys and their order are the older system's; `call` is ours. */
export function buildMessage(options: {
  readonly seat: Seat;
  readonly round: number;
  readonly prompt: string;
  readonly feedback: string | undefined;
  readonly reply: Reply;
  readonly judgement: Accepted;
  readonly attempts: Attempts;
  readonly debug: boolean;
}): Message {
  const {seat, round, judgement} = options;
  return {
    message_id: `msg_${round}_${String(seat.index).padStart(3, '0')}`,
    agent_id: seat.agent.agent_id,
    agent_role: seat.agent.role,
    round_id: round,
    agent_identity_display: seat.display,
    structured_response: judgement.response,
    visible_to: seat.audience,
    message_metadata: metadata(options),
  };
}

function metadata(options: Parameters<typeof buildMessage>[0]): MessageMetadata {
  const {reply, judgement, attempts, feedback, debug} = options;
  return {
    retry_count: attempts.errors.length,
    prompt_tokens: reply.promptTokens,
    response_tokens: reply.responseTokens,
    ...(debug ? {prompt: options.prompt} : {}),
    ...(debug && judgement.matchInfo ? {answer_match_info: judgement.matchInfo()} : {}),
    ...(judgement.matchedText ? {matched_answer_text: judgement.matchedText} : {}),
    ...(attempts.errors.length > 0 ? {validation_errors: attempts.errors} : {}),
    call: callRecord(reply, judgement, {...attempts, feedback}),
  };
}

function callRecord(
  reply: Reply,
  {repaired, isPlaceholder, isFromReasoning, thoughts}: Accepted,
  {failed, feedback}: Pick<Attempts, 'failed'> & {readonly feedback: string | undefined},
): CallRecord {
  return {
    raw_text: reply.text,
    finish_reason: reply.finishReason,
    latency_ms: roundToTenth(reply.latencyMs),
    served_model: reply.servedModel,
    backend: reply.backendKind,
    sampling: reply.sent,
    ...thinking(reply, thoughts),
    ...(repaired ? {json_repaired: true} : {}),
    ...(isPlaceholder === true ? {placeholder: true} : {}),
    ...(isFromReasoning === true ? {from_reasoning: true} : {}),
    ...(feedback === undefined ? {} : {feedback}),
    ...(failed.length > 0 ? {failed_attempts: failed} : {}),
  };
}

/** Builds the record of a reply that was not usable. */
export function failedAttempt(reply: Reply, {error, thoughts}: Rejected): FailedAttempt {
  return {
    error_code: error.error_code,
    raw_text: reply.text,
    finish_reason: reply.finishReason,
    latency_ms: roundToTenth(reply.latencyMs),
    prompt_tokens: reply.promptTokens,
    response_tokens: reply.responseTokens,
    ...thinking(reply, thoughts),
  };
}

function thinking(
  {reasoningTokens}: Reply,
  thoughts: string | undefined,
): Pick<CallRecord, 'reasoning_tokens' | 'reasoning_text'> {
  return {
    ...(reasoningTokens === undefined ? {} : {reasoning_tokens: reasoningTokens}),
    ...(thoughts === undefined ? {} : {reasoning_text: thoughts}),
  };
}

function roundToTenth(value: number): number {
  return Math.round(value * 10) / 10;
}
