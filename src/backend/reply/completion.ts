import type {ChatOutcome, ChatRequest} from '../backend.ts';
import {classifyEnding} from './endings.ts';
import type {CallContext} from '../failure/failure.ts';
import {toArray, count, field, textOrNull} from '../fields.ts';
import {readMessage} from './message-parts.ts';
import {isPresent, missingReplyFailure} from './read-answer.ts';

/** The call whose answer is read. */
export interface ReplyContext {
  readonly call: CallContext;
  readonly request: ChatRequest;
  /** The request as it was sent. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly latencyMs: number;
  /** The part of the body that goes into the record. */
  readonly sent: Readonly<Record<string, unknown>>;
}

/** Reads a chat completion, or whatever came with status 200. Never trusts a field to exist or to have its type. */
export function readCompletion(completion: unknown, context: ReplyContext): ChatOutcome {
  const {call, request, body, latencyMs, sent} = context;
  const choice = toArray(field(completion, 'choices'))[0];
  const message = field(choice, 'message');
  const reason = textOrNull(field(choice, 'finish_reason'));
  const usage = field(completion, 'usage');
  const responseTokens = count(field(usage, 'completion_tokens'));
  const promptTokens = count(field(usage, 'prompt_tokens'));
  const reasoningTokens = countReasoningTokens(usage);
  const {text, thoughts, refusal} = readMessage(message);
  const ending = request.reference
    ? reason === 'length'
      ? 'max-tokens'
      : 'complete'
    : classifyEnding({
        reason,
        text,
        // Some count thoughts apart, some only in the total.
        generated: Math.max(responseTokens, count(field(usage, 'total_tokens')) - promptTokens),
        maxTokens: readTokenLimit(body),
      });
  // A filter takes the whole message away with what it stopped.
  if ((message === undefined || message === null) && ending !== 'filtered') {
    return missingReplyFailure(completion, 'the answer holds no message', call);
  }
  // A router tells of the provider behind it where the message would stand.
  if (text === '' && isPresent(field(choice, 'error')))
    return missingReplyFailure({error: field(choice, 'error')}, '', call);
  return {
    kind: 'reply',
    text,
    finishReason: reason,
    ending: refusal !== '' && !request.reference ? 'refused' : ending,
    ...(thoughts === '' ? {} : {reasoningText: thoughts}),
    ...(refusal === '' ? {} : {refusal}),
    promptTokens,
    responseTokens,
    ...(reasoningTokens === undefined ? {} : {reasoningTokens}),
    latencyMs,
    servedModel: textOrNull(field(completion, 'model')),
    sent,
  };
}

function countReasoningTokens(usage: unknown): number | undefined {
  const found = [
    field(field(usage, 'completion_tokens_details'), 'reasoning_tokens'),
    field(field(usage, 'output_tokens_details'), 'reasoning_tokens'),
    field(usage, 'reasoning_tokens'),
  ].find(value => typeof value === 'number');
  return found === undefined ? undefined : count(found);
}

/** Returns the longest reply that was asked for, under whichever name. */
function readTokenLimit(body: ReplyContext['body']): number | undefined {
  const limit = body['max_completion_tokens'] ?? body['max_tokens'];
  return typeof limit === 'number' ? limit : undefined;
}
