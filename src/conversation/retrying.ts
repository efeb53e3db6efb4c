import {canonicalJson} from '../core/seeds/hash.ts';
import type {RetryConfig} from '../core/task-config.ts';
import type {FailedAttempt, ValidationError} from '../record/formats.ts';
import {ERROR_CODES, identicalReplies, maxRetriesExceeded} from '../record/task/recorded-errors.ts';
import type {Rejected, Reply} from './judging/judgement.ts';
import type {FailedEnd, Turn} from './turn.ts';

/** A turn that has been given out and not been answered. */
export interface LiveTurn {
  readonly attempt: number;
  readonly errors: readonly ValidationError[];
  readonly failed: readonly FailedAttempt[];
  /** The prompt without the feedback of a retry. */
  readonly prompt: string;
  /** The request and the reply of the last attempt. */
  readonly last?: Exchange;
}

interface Exchange {
  readonly prompt: string;
  /** Sampling options as the backend sent them. */
  readonly sent: Readonly<Record<string, unknown>>;
  readonly text: string;
}

/** A reply that was not usable, and the turn to which it was one. */
export interface RejectedTurn {
  readonly turn: Turn;
  readonly live: LiveTurn;
  readonly reply: Reply;
  readonly rejected: Rejected;
}

/** The effect of an unusable reply: the same turn again, or the end of its conversation. */
export type AfterRejection = {readonly again: Turn; readonly live: LiveTurn} | {readonly end: FailedEnd};

/** Decides whether a turn is asked again, as often as the config allows. */
export function retryOrFail(
  {turn, live, reply, rejected: {error, outcome}}: RejectedTurn,
  config: RetryConfig,
  isReference: boolean,
): AfterRejection {
  const {max_retries: maxRetries, retry_on_validation_error: mayRetry} = config;
  const errors = [...live.errors, error];
  const exhausted = maxRetriesExceeded(turn.agentId, turn.attempt, errors);
  if (turn.attempt >= maxRetries || !(mayRetry || isReference)) return {end: {outcome, error: exhausted}};
  const last = {prompt: turn.user, sent: reply.sent, text: reply.text};
  if (!isReference && live.last && isRepetition(live.last, last)) {
    return {end: {outcome, error: identicalReplies(exhausted)}};
  }
  const {retry_feedback: givesFeedback = !isReference} = config;
  const feedback = givesFeedback ? retryFeedback(error.error_code) : undefined;
  const attempt = turn.attempt + 1;
  return {again: askAgain(turn, live.prompt, feedback), live: {...live, attempt, errors, last}};
}

/** Returns the turn again; the prompt ends with the feedback, if there is any. */
function askAgain({feedback: _old, ...turn}: Turn, prompt: string, feedback: string | undefined): Turn {
  const again = {...turn, attempt: turn.attempt + 1};
  return feedback === undefined ? {...again, user: prompt} : {...again, user: `${prompt}\n${feedback}`, feedback};
}

/** Returns whether two attempts were the same request at temperature 0 with the same reply: a third would repeat it. */
function isRepetition(earlier: Exchange, later: Exchange): boolean {
  return (
    later.sent['temperature'] === 0 &&
    earlier.text === later.text &&
    earlier.prompt === later.prompt &&
    canonicalJson(earlier.sent) === canonicalJson(later.sent)
  );
}

/**
 * Complaints about a reply, by the code of its error, in words that name no choice and favour none. A code is absent
 * where the model did nothing wrong, so that feedback would not help.
 */
const COMPLAINTS: Readonly<Record<string, string>> = {
  [ERROR_CODES.MissingStructuredOutputError]: 'it was not the JSON object that was asked for',
  [ERROR_CODES.InvalidAnswerError]: 'it did not name exactly one of the possible answers in the wording given',
  [ERROR_CODES.ValidationError]: 'a field of the JSON object was missing or empty',
  [ERROR_CODES.MaxLengthExceededError]: 'it was too long and was cut off',
  [ERROR_CODES.ThoughtsOnlyError]: 'it held thoughts and no answer',
  [ERROR_CODES.PlaceholderRationaleError]: 'it repeated the instructions in place of a reason',
  [ERROR_CODES.LabelContradictsError]: 'its label and its text stood for different answers',
};

/** Returns the line that a retry adds to the prompt; undefined when feedback would not help. */
export function retryFeedback(errorCode: string): string | undefined {
  const complaint = Object.hasOwn(COMPLAINTS, errorCode) ? COMPLAINTS[errorCode] : undefined;
  if (complaint === undefined) return undefined;
  return `Your last reply could not be used: ${complaint}. Reply with the JSON object as described above.`;
}
