import type {Message, RecordedError, Transcript} from './formats.ts';
import {ERROR_CODES} from './recorded-errors.ts';

/** A reply that could be used after all. */
const REPAIRED = 'JSON_PARSE_REPAIRED';

/** Returns the codes behind what ended a conversation: of every attempt where it was asked again, else its own. */
export function codesBehind(error: Partial<RecordedError> | null): string[] {
  const attempts = error?.details?.['validation_errors'];
  if (Array.isArray(attempts) && attempts.length > 0) {
    return attempts.map(({error_code: code = 'unknown'}: Partial<RecordedError>) => code);
  }
  return error ? [error.error_code ?? 'unknown'] : [];
}

/** Counts the codes of all attempts of a conversation that gave no answer, the most frequent first. */
export function countErrorCodes(transcript: Transcript): ReadonlyMap<string, number> {
  const messages = transcript.conversation_rounds.flatMap(round => round.messages);
  const counts = new Map<string, number>();
  for (const code of [...messages.flatMap(codesBefore), ...codesOfEnd(transcript)]) {
    counts.set(code, (counts.get(code) ?? 0) + 1);
  }
  return new Map([...counts].sort(([, a], [, b]) => b - a));
}

/** The older system records of attempts only their errors. */
function codesBefore(message: Message): string[] {
  // Of another system's transcript anything may be missing.
  const {call, validation_errors: errors = []} = (message as Partial<Message>).message_metadata ?? {};
  if (call) return (call.failed_attempts ?? []).map(attempt => attempt.error_code);
  return errors.map(error => error.error_code).filter(code => code !== REPAIRED);
}

function codesOfEnd({conversation_summary: {failed_turn: turn, error_info: error}}: Transcript): string[] {
  if (!turn) return codesBehind(error ?? null);
  const codes = turn.failed_attempts.map(attempt => attempt.error_code);
  const own = error?.error_code;
  // A request that failed leaves no reply; an error after the last attempt is about all of them.
  const isOfRequest = own !== undefined && own !== ERROR_CODES.MaxRetriesExceededError && own !== codes.at(-1);
  return isOfRequest ? [...codes, own] : codes;
}
