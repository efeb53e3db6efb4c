import {errorMessage} from '../../core/errors.ts';
import {recordedError} from '../../record/task/recorded-errors.ts';
import type {ChatFailure, FailureReason} from '../backend.ts';
import {readErrorFacts} from './error-facts.ts';
import {errorText} from './error-text.ts';
import {isFinalForKey, isOutOfCredit, classifyErrorAnswer} from './failure-reason.ts';
import {readRetryAfter} from './retry-after.ts';
import type {HttpResponse} from '../http/http-response.ts';
import {TransportError} from '../http/transport-error.ts';

/** The call that a failure is about. */
export interface CallContext {
  /** As the server knows it. */
  readonly model: string;
  /** Address for messages; never with credentials. */
  readonly url: string;
  /** Texts that must not appear in any message: keys. */
  readonly secrets: readonly string[];
  /** Names the environment variable of the key, and what to do with it. */
  readonly keyHint?: string;
  readonly signal: AbortSignal;
  /** Milliseconds since the epoch, for servers that name an instant without telling their own time. */
  readonly nowMs: number;
}

/** The part of an answer that tells an error. */
export type ErrorAnswer = Omit<HttpResponse, 'ok'>;

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

/** Makes the failure of a call without a usable answer: none came, only half of one, or no JSON. */
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

/** Tells the user what happened and what can be done about it. */
export function describeFailure({error, hint}: ChatFailure): string {
  return hint === undefined ? error.message : `${error.message} (${hint})`;
}

/** Makes the failure of an answer with status 200 that is no chat completion. */
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

/** Returns the last error in a chain of causes for which `is` is true. */
function findDeepestCause(thrown: unknown, is: (error: Error) => boolean): Error | undefined {
  let found: Error | undefined;
  for (let error = thrown; error instanceof Error; error = error.cause) if (is(error)) found = error;
  return found;
}

/** Removes secrets from a text: servers quote the key that they refuse. */
export function scrub(text: string, secrets: readonly string[]): string {
  let clean = text;
  for (const secret of secrets) if (secret.length >= 4) clean = clean.replaceAll(secret, '***');
  return clean.replace(/\b(sk-[A-Za-z0-9_-]{4})[A-Za-z0-9_*-]+/g, '$1***');
}
