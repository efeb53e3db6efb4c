import type {RecordedError} from '../formats.ts';
import {quote, recordedError} from './recorded-errors.ts';

/** The agent and its attempt that an error is about. */
interface Attempt {
  readonly agentId: string;
  readonly attempt: number;
}

/** Builds the error of a reply that ended because prompt and reply fill the context. */
export function contextFull(
  options: Attempt & {readonly promptTokens: number; readonly tokensGenerated: number; readonly maxTokens: number},
): RecordedError {
  const {agentId, attempt, promptTokens, tokensGenerated, maxTokens} = options;
  const written = `${tokensGenerated} of ${maxTokens} tokens`;
  const message = `${written}: the context is full (prompt ${promptTokens}, reply ${tokensGenerated} tokens)`;
  return recordedError('ContextFullError', `${message}: raise the server's context length or shorten the prompt`, {
    agent_id: agentId,
    prompt_tokens: promptTokens,
    tokens_generated: tokensGenerated,
    max_tokens: maxTokens,
    attempt,
  });
}

/** Builds the error of a reply to a prompt that the server had cut. */
export function promptTruncated(options: Attempt & {readonly promptTokens: number}): RecordedError {
  const {agentId, attempt, promptTokens} = options;
  const message =
    `The server dropped a part of the prompt and kept ${promptTokens} tokens, so the model never saw the whole ` +
    'question: raise its context length (num_ctx, max_model_len) or shorten the prompt';
  return recordedError('PromptTruncatedError', message, {agent_id: agentId, prompt_tokens: promptTokens, attempt});
}

/** Builds the error of a reply that the server broke off for reasons of its own. */
export function replyInterrupted(
  options: Attempt & {readonly finishReason: string | null; readonly tokensGenerated: number},
): RecordedError {
  const {agentId, attempt, finishReason, tokensGenerated} = options;
  const why = finishReason === null ? 'without a reason' : `with the reason "${finishReason}"`;
  return recordedError(
    'ReplyInterruptedError',
    `The server broke the reply off after ${tokensGenerated} tokens, ${why}`,
    {
      agent_id: agentId,
      finish_reason: finishReason,
      tokens_generated: tokensGenerated,
      attempt,
    },
  );
}

/** Builds the error of a reply that a content filter stopped. */
export function contentFiltered(options: Attempt & {readonly finishReason: string | null}): RecordedError {
  const {agentId, attempt, finishReason} = options;
  return recordedError('ContentFilteredError', 'A content filter stopped the reply', {
    agent_id: agentId,
    finish_reason: finishReason,
    attempt,
  });
}

/**
 * Builds the error of a reply in which the model declined, as the server says (`declared`) or as its words say
 * (`text`).
 */
export function modelRefused(
  options: Attempt & {readonly how: 'declared' | 'text'; readonly words: string},
): RecordedError {
  const {agentId, attempt, how, words} = options;
  const message = how === 'declared' ? 'The model declined to answer' : 'The model declined to answer, by its words';
  return recordedError('ModelRefusedError', message, {agent_id: agentId, how, refusal_text: quote(words), attempt});
}
/**
 * Builds the error of a reply that holds thoughts and no answer.
 *
 * @param reasoningTokens undefined where the server does not count them: then all tokens were thoughts.
 */
export function thoughtsOnly(
  options: Attempt & {
    readonly reasoningTokens: number | undefined;
    readonly tokensGenerated: number;
    readonly maxTokens: number;
  },
): RecordedError {
  const {agentId, attempt, tokensGenerated, maxTokens} = options;
  const reasoningTokens = options.reasoningTokens ?? tokensGenerated;
  const message =
    `${reasoningTokens} of ${tokensGenerated} tokens went into thinking and no answer followed: raise max_tokens ` +
    `(${maxTokens}), set enable_thinking: false, or check the server's reasoning parser`;
  return recordedError('ThoughtsOnlyError', message, {
    agent_id: agentId,
    reasoning_tokens: reasoningTokens,
    tokens_generated: tokensGenerated,
    max_tokens: maxTokens,
    attempt,
  });
}

/** Builds the error of a reply that repeats what the prompt's template has in the place of a field. */
export function placeholderReturned(options: Attempt & {readonly field: string; readonly text: string}): RecordedError {
  const {agentId, attempt, field, text} = options;
  return recordedError('PlaceholderRationaleError', `${field}: the prompt's placeholder came back`, {
    agent_id: agentId,
    field,
    text: quote(text),
    attempt,
  });
}

/** Builds the error of an answer whose label belongs to another choice than its words. */
export function labelContradicts(
  options: Attempt & {
    readonly answerText: string;
    readonly label: string;
    readonly labelled: string | null;
    readonly named: string;
  },
): RecordedError {
  const {agentId, attempt, answerText, label, labelled, named} = options;
  const other = labelled === null ? 'no choice' : `"${labelled}"`;
  return recordedError('LabelContradictsError', `The label ${label} stands for ${other}, the words for "${named}"`, {
    agent_id: agentId,
    answer_text: quote(answerText),
    label,
    labelled_choice: labelled,
    named_choice: named,
    attempt,
  });
}
