import type {FailedOutcome} from '../../core/conversation-outcome.ts';
import type {RecordedError} from '../../record/formats.ts';
import {maxLengthExceeded} from '../../record/task/recorded-errors.ts';
import {
  contentFiltered,
  contextFull,
  modelRefused,
  promptTruncated,
  replyInterrupted,
} from '../../record/task/reply-errors.ts';
import type {Rejected, Reply} from './judgement.ts';

/**
 * Returns what a reply's ending alone decides; undefined when its text may be read. A text that was cut is never read,
 * however whole it looks: what is missing may have changed the answer. A filter, a refusal and a cut prompt end the
 * conversation, since the same prompt would meet the same end.
 */
export function judgeEnding(
  reply: Reply,
  {agentId, maxTokens, attempt}: {readonly agentId: string; readonly maxTokens: number; readonly attempt: number},
): Rejected | undefined {
  const who = {agentId, attempt};
  const {promptTokens, responseTokens: tokensGenerated, finishReason} = reply;
  if (reply.refusal !== undefined && reply.refusal.trim() !== '') {
    return fatal('refused', modelRefused({...who, how: 'declared', words: reply.refusal}));
  }
  switch (reply.ending) {
    case 'complete':
      return undefined;
    case 'max-tokens':
      return retry('cut', maxLengthExceeded({...who, maxTokens, tokensGenerated}));
    case 'context-full':
      return retry('context-full', contextFull({...who, promptTokens, tokensGenerated, maxTokens}));
    case 'interrupted':
      return retry('server', replyInterrupted({...who, finishReason, tokensGenerated}));
    case 'filtered':
      return fatal('filtered', contentFiltered({...who, finishReason}));
    case 'refused':
      return fatal('refused', modelRefused({...who, how: 'declared', words: reply.text}));
    case 'prompt-truncated':
      return fatal('prompt-truncated', promptTruncated({...who, promptTokens}));
  }
}

/**
 * Returns the older system's decision: it recognised replies that were too long and read all others. For Ollama it
 * looked at the token count only.
 */
export function judgeEndingReference(
  reply: Reply,
  {agentId, maxTokens, attempt}: {readonly agentId: string; readonly maxTokens: number; readonly attempt: number},
): Rejected | undefined {
  const isCut =
    reply.ending === 'max-tokens' ||
    (reply.ending === 'context-full' && reply.finishReason === 'length' && reply.backendKind !== 'ollama');
  if (!isCut) return undefined;
  return retry('cut', maxLengthExceeded({agentId, maxTokens, tokensGenerated: reply.responseTokens, attempt}));
}

function retry(outcome: FailedOutcome, error: RecordedError): Rejected {
  return {kind: 'retry', outcome, error};
}

function fatal(outcome: FailedOutcome, error: RecordedError): Rejected {
  return {kind: 'fatal', outcome, error};
}
