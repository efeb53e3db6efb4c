import {errorMessage} from '../../core/errors.ts';
import {recordedError} from '../../record/task/recorded-errors.ts';
import type {ChatFailure, FailureReason} from '../backend.ts';
import {readErrorFacts} from './error-facts.ts';
import {errorText} from './error-text.ts';
import {isFinalForKey, isOutOfCredit, classifyErrorAnswer} from './failure-reason.ts';
import {readRetryAfter} from './retry-after.ts';
import {TransportError} from '../http/transport-error.ts';

/** What a failure is described with. */
export interface CallContext {
  /** As the server knows it. */
  readonly model: string;
  /** Where it was called; never with credentials. */
  readonly url: string;
  /** Texts that must not appear in any message: keys. */
  readonly secrets: readonly string[];
  /** Names the environment variable of the key, and what to do with it. */
  readonly keyHint?: string;
  readonly signal: AbortSignal;
  /** Milliseconds since the epoch, for servers that name an instant without telling their own time. */
  readonly nowMs: number;
}

/** What is read of an answer that is an error. */
export interface ErrorAnswer {
  readonly status: number;
  readonly body: string;
  readonly header: (name: string) => string | null;
}

/** Makes the failure of an answer that is an error. */
export function statusFailure({status, body, header}: ErrorAnswer, context: CallContext): ChatFailure {
  const text = scrub(errorText(body), context.secrets);
  const facts = readErrorFacts(body);
  const reason = classifyErrorAnswer(status, facts);
  const retryAfterMs = readRetryAfter(status, {header, facts, nowMs: context.nowMs});
  const isFinal = reason === 'unauthorized' && isFinalForKey(status, facts);
  const isOfKey = (status === 401 || status === 403) && !isOutOfCredit(status, facts) && reason !== 'filtered';
  const hint = isOfKey ? context.keyHint : undefined;
  return {
    kind: 'failure',
    reason,
    retryable: RETRYABLE_REASONS.has(reason),
    ...(isFinal ? {isFinalForModel: true} : {}),
    ...(retryAfterMs === undefined ? {} : {retryAfterMs}),
    ...(hint === undefined ? {} : {hint}),
    error: recordedError('APIRequestError', `API request failed (${status}): ${text}`, {
      model: context.model,
      status_code: status,
      original_error: text,
    }),
  };
}

/** Answers after which the same call may be answered later. */
const RETRYABLE_REASONS: ReadonlySet<FailureReason> = new Set(['rate-limited', 'overloaded', 'loading', 'engine-dead']);

/** A failure on the way: no answer, half an answer, or one that is none. */
export function transportFailure(thrown: unknown, context: CallContext): ChatFailure {
  if (context.signal.aborted) return failure('aborted', 'aborted', context);
  const fault = findDeepestCause(thrown, error => error instanceof TransportError);
  if (fault instanceof TransportError) return failure(fault.reason, fault.message, context);
  if (thrown instanceof SyntaxError) return failure('nonsense', `the answer is not JSON: ${thrown.message}`, context);
  if (findDeepestCause(thrown, ({name}) => name === 'TimeoutError' || name === 'APIConnectionTimeoutError')) {
    return failure('timeout', errorMessage(thrown), context);
  }
  return failure('unreachable', errorMessage(thrown), context);
}

/** What to tell the user: what happened, and what can be done about it. */
export function describeFailure({error, hint}: ChatFailure): string {
  return hint === undefined ? error.message : `${error.message} (${hint})`;
}

/** An answer with status 200 that is no chat completion. */
export function nonsenseFailure(text: string, context: CallContext): ChatFailure {
  return failure('nonsense', text, context);
}

function failure(reason: FailureReason, text: string, context: CallContext): ChatFailure {
  const clean = scrub(text, context.secrets);
  const detail = reason === 'unreachable' || reason === 'timeout' ? `${context.url}: ${clean}` : clean;
  return {
    kind: 'failure',
    reason,
    retryable: reason !== 'aborted' && reason !== 'refused',
    error: recordedError('APIRequestError', `API request failed: ${detail}`, {
      model: context.model,
      original_error: clean,
    }),
  };
}

/** The last error of a chain of causes of which something is true. */
function findDeepestCause(thrown: unknown, is: (error: Error) => boolean): Error | undefined {
  let found: Error | undefined;
  for (let error = thrown; error instanceof Error; error = error.cause) if (is(error)) found = error;
  return found;
}

/** Servers like to quote the key that they refuse. */
export function scrub(text: string, secrets: readonly string[]): string {
  let clean = text;
  for (const secret of secrets) if (secret.length >= 4) clean = clean.replaceAll(secret, '***');
  return clean.replace(/\b(sk-[A-Za-z0-9_-]{4})[A-Za-z0-9_*-]+/g, '$1***');
}
