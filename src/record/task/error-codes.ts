import type {ConversationOutcome} from '../../core/conversation-outcome.ts';
import type {CodeCount, FailureCount, Message, RecordedError, Transcript} from '../formats.ts';
import {ERROR_CODES} from './recorded-errors.ts';

/** A reply that could be used after all. */
const REPAIRED = 'JSON_PARSE_REPAIRED';

/** Returns the errors behind what ended a conversation: of every attempt where it was asked again, else its own. */
function listUnderlyingErrors(error: Partial<RecordedError> | null): readonly Partial<RecordedError>[] {
  const attempts = error?.details?.['validation_errors'];
  if (Array.isArray(attempts) && attempts.length > 0) return attempts as Partial<RecordedError>[];
  return error ? [error] : [];
}

/** Codes that say more than that a request failed, of outcomes that a server's refusal can have. */
const CODE_OF_REFUSED_REQUEST: Partial<Record<ConversationOutcome, string>> = {
  'context-full': ERROR_CODES.ContextFullError,
  filtered: ERROR_CODES.ContentFilteredError,
};

/** Counts the error codes behind what ended a conversation; none when nothing did. */
export function countUnderlyingErrors(
  error: Partial<RecordedError> | null,
  outcome?: ConversationOutcome,
): CodeCount[] {
  const code = outcome && CODE_OF_REFUSED_REQUEST[outcome];
  if (code !== undefined && error && error.details?.['validation_errors'] === undefined) return [{code, count: 1}];
  const counts = new Map<string, CodeCount>();
  for (const {error_code: code = 'unknown', details} of listUnderlyingErrors(error)) {
    const limit = details?.['max_tokens'];
    const count = (counts.get(code)?.count ?? 0) + 1;
    counts.set(code, {code, count, ...(typeof limit === 'number' ? {max_tokens: limit} : {})});
  }
  return sortByCount(counts.values());
}

/** Adds failures up by code, the most frequent first. A limit at which replies were cut stays where all agree on it. */
export function sumFailures(all: Iterable<readonly FailureCount[] | undefined>): FailureCount[] {
  const sums = new Map<string, FailureCount>();
  for (const failures of all) {
    for (const each of failures ?? []) {
      const known = sums.get(each.code);
      sums.set(each.code, known ? addFailures(known, each) : each);
    }
  }
  return sortByCount(sums.values());
}

function addFailures(known: FailureCount, more: FailureCount): FailureCount {
  const {max_tokens: limit, ...rest} = known;
  const count = known.count + more.count;
  return {...rest, count, ...(limit === undefined || limit !== more.max_tokens ? {} : {max_tokens: limit})};
}

function sortByCount<Count extends CodeCount>(counts: Iterable<Count>): Count[] {
  return [...counts].sort((a, b) => b.count - a.count);
}

/** Counts the codes of all attempts of a conversation that gave no answer, the most frequent first. */
export function countErrorCodes(transcript: Transcript): ReadonlyMap<string, number> {
  const messages = transcript.conversation_rounds.flatMap(round => round.messages);
  const counts = new Map<string, number>();
  for (const code of [...messages.flatMap(listAttemptCodes), ...listFinalCodes(transcript)]) {
    counts.set(code, (counts.get(code) ?? 0) + 1);
  }
  return new Map([...counts].sort(([, a], [, b]) => b - a));
}

/** Lists the codes of a message's failed attempts, of which the older system records only the errors. */
function listAttemptCodes(message: Message): string[] {
  // Of another system's transcript anything may be missing.
  const {call, validation_errors: errors = []} = (message as Partial<Message>).message_metadata ?? {};
  if (call) return (call.failed_attempts ?? []).map(attempt => attempt.error_code);
  return errors.map(error => error.error_code).filter(code => code !== REPAIRED);
}

function listFinalCodes({conversation_summary: {failed_turn: turn, error_info: error}}: Transcript): string[] {
  if (!turn) return listUnderlyingErrors(error ?? null).map(({error_code: code = 'unknown'}) => code);
  const codes = turn.failed_attempts.map(attempt => attempt.error_code);
  const own = error?.error_code;
  // A request that failed leaves no reply; an error after the last attempt is about all of them.
  const isOfRequest = own !== undefined && own !== ERROR_CODES.MaxRetriesExceededError && own !== codes.at(-1);
  return isOfRequest ? [...codes, own] : codes;
}
