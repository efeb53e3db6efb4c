import type {ChatOutcome} from './backend.ts';
import {nonsense, statusFailure, type CallContext} from './failure.ts';
import {arrayOf, count, field, textOrNull} from './fields.ts';

/** What a chat completion is read with. */
export interface CompletionContext {
  readonly call: CallContext;
  readonly latencyMs: number;
  /** Sampling options as sent. */
  readonly sent: Readonly<Record<string, unknown>>;
}

/** A chat completion (or whatever else came with status 200) → the reply. Never trusts a field to be there or to have its type. */
export function readCompletion(completion: unknown, {call, latencyMs, sent}: CompletionContext): ChatOutcome {
  const choice = arrayOf(field(completion, 'choices'))[0];
  const message = field(choice, 'message');
  if (message === undefined || message === null) return describeMissing(completion, call);
  const usage = field(completion, 'usage');
  const reasoning = field(field(usage, 'completion_tokens_details'), 'reasoning_tokens');
  const finishReason = textOrNull(field(choice, 'finish_reason'));
  return {
    kind: 'reply',
    // A model that only thought, or refused, says nothing: that is for the conversation to judge.
    text: contentText(field(message, 'content')),
    finishReason,
    ending: finishReason === 'length' ? 'max-tokens' : 'complete',
    promptTokens: count(field(usage, 'prompt_tokens')),
    responseTokens: count(field(usage, 'completion_tokens')),
    ...(typeof reasoning === 'number' ? {reasoningTokens: count(reasoning)} : {}),
    latencyMs,
    servedModel: textOrNull(field(completion, 'model')),
    sent,
  };
}

/** Some gateways report the error of the provider behind them with status 200. */
function describeMissing(completion: unknown, context: CallContext): ChatOutcome {
  const error = field(completion, 'error');
  if (error === undefined || error === null) return nonsense('the answer holds no message', context);
  const code = field(error, 'code');
  const status = typeof code === 'number' && code >= 400 && code < 600 ? code : 500;
  return statusFailure({status, body: JSON.stringify({error}), header: () => null}, context);
}

/** A text, or a list of parts some of which are text. */
function contentText(content: unknown): string {
  if (typeof content === 'string') return content;
  return arrayOf(content)
    .map(part => (typeof part === 'string' ? part : (textOrNull(field(part, 'text')) ?? '')))
    .join('');
}
