import type {ReplyEnding} from '../../core/reply-ending.ts';
import type {ChatReply} from '../backend.ts';
import {shorten, wholeErrorText} from '../failure/error-text.ts';
import {field, textOrNull} from '../fields.ts';

/**
 * Errors about one reply of the model: a format that llama.cpp's or vLLM's own parser could not read, JSON mode without
 * JSON (Groq), thoughts that took all tokens (OpenAI). The server is well, the request is right, and another reply may
 * be, too.
 */
const REPLY_ERRORS: readonly (readonly [ending: ReplyEnding, words: RegExp])[] = [
  ['complete', /model produced output that does not match|^failed to parse input at pos/i],
  ['complete', /unexpected token \d+ while expecting start token/i],
  ['complete', /failed to (?:generate|validate) json|json_validate_failed/i],
  ['max-tokens', /could not finish the message because max_(?:completion_)?tokens/i],
];

/** Returns the reply that an error is about, as far as the server tells it; null for any other error. */
export function replyInError(
  body: string,
  {latencyMs, sent}: {readonly latencyMs: number; readonly sent: Readonly<Record<string, unknown>>},
): ChatReply | null {
  const words = wholeErrorText(body);
  const ending = REPLY_ERRORS.find(([, pattern]) => pattern.test(words))?.[0];
  if (ending === undefined) return null;
  return {
    kind: 'reply',
    text: failedGeneration(body),
    finishReason: `error: ${shorten(words)}`,
    ending,
    promptTokens: 0,
    responseTokens: 0,
    latencyMs,
    servedModel: null,
    sent,
  };
}

/** Returns the model's text, where the error quotes it. */
function failedGeneration(body: string): string {
  try {
    return textOrNull(field(field(JSON.parse(body), 'error'), 'failed_generation')) ?? '';
  } catch {
    return '';
  }
}
