import type {ReplyEnding} from '../../core/reply-ending.ts';
import type {ChatOutcome} from '../backend.ts';
import type {ReplyContext} from '../reply/completion.ts';
import {classifyEnding} from '../reply/endings.ts';
import {count, field, textOrNull} from '../fields.ts';
import {readMessage} from '../reply/message-parts.ts';
import {missingReplyFailure} from '../reply/read-answer.ts';
import type {Body} from '../request/shape-request.ts';

/**
 * The reply of `/api/chat`, or under `reference` of `/api/generate`. Never trusts a field to be there or to have its
 * type.
 */
export function readOllamaReply(reply: unknown, {call, request, body, latencyMs, sent}: ReplyContext): ChatOutcome {
  const message = field(reply, 'message');
  const response = field(reply, 'response');
  const parts = request.reference
    ? {text: textOrNull(response), thoughts: textOrNull(field(reply, 'thinking')) ?? ''}
    : message !== null && typeof message === 'object'
      ? readMessage(message)
      : {text: null, thoughts: ''};
  const {text, thoughts} = parts;
  if (text === null)
    return missingReplyFailure(reply, `the answer holds no ${request.reference ? 'response' : 'message'}`, call);
  const responseTokens = count(field(reply, 'eval_count'));
  return {
    kind: 'reply',
    text,
    finishReason: textOrNull(field(reply, 'done_reason')),
    ending: request.reference
      ? responseTokens >= request.sampling.max_tokens
        ? 'max-tokens'
        : 'complete'
      : readEnding(reply, {text, responseTokens, body}),
    ...(thoughts === '' ? {} : {reasoningText: thoughts}),
    promptTokens: count(field(reply, 'prompt_eval_count')),
    responseTokens,
    latencyMs,
    servedModel: textOrNull(field(reply, 'model')),
    sent: request.reference
      ? {...sent, format: typeof body['format'] === 'string' ? body['format'] : 'json_schema'}
      : sent,
  };
}

function readEnding(
  reply: unknown,
  {text, responseTokens, body}: {readonly text: string; readonly responseTokens: number; readonly body: Body},
): ReplyEnding {
  if (field(reply, 'done') === false) return 'interrupted';
  const limit = field(body['options'], 'num_predict');
  const maxTokens = typeof limit === 'number' ? limit : undefined;
  const told = textOrNull(field(reply, 'done_reason'));
  // Older versions give no reason.
  const reason = told ?? (maxTokens !== undefined && responseTokens >= maxTokens ? 'length' : 'stop');
  return classifyEnding({reason, text, generated: responseTokens, maxTokens});
}
