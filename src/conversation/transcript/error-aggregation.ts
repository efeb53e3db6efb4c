import type {ValidationError} from '../../record/formats.ts';

const TEXTS: Readonly<Record<string, string>> = {
  INVALID_ANSWER: 'Invalid answer: has to be from choice text',
  MISSING_STRUCTURED_OUTPUT: 'Missing structured output in response',
  MAX_LENGTH_EXCEEDED: 'Response exceeded maximum token limit',
  MAX_RETRIES_EXCEEDED: 'Maximum retry attempts exceeded',
  JSON_PARSE_REPAIRED: 'JSON parsing required repair',
  JSON_PARSE_FAILED: 'JSON parsing failed',
  API_ERROR: 'Hosted API error',
  API_REQUEST_ERROR: 'Hosted API request failed',
  CONTEXT_FULL: 'Context full before the reply was complete',
  PROMPT_TRUNCATED: 'Prompt cut by the server',
  REPLY_INTERRUPTED: 'Reply broken off by the server',
  CONTENT_FILTERED: 'Reply stopped by a content filter',
  MODEL_REFUSED: 'Model declined to answer',
  THOUGHTS_ONLY: 'Thoughts without an answer',
  PLACEHOLDER_RATIONALE: "Prompt's placeholder returned",
  LABEL_CONTRADICTS: 'Label and words name different choices',
};

/** How often each kind of error occurred, most frequent first, equals in order of appearance. */
export function aggregateErrors(errors: readonly Partial<ValidationError>[]): {error: string; count: number}[] {
  const counts = new Map<string, number>();
  for (const error of errors) {
    const code = deriveCode(error);
    if (code === undefined) continue;
    const text = describeCode(code);
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return [...counts].map(([error, count]) => ({error, count})).sort((a, b) => b.count - a.count);
}

/** An error without a code goes by its class; one with neither says nothing. */
function deriveCode({error_code: code, error_class: name}: Partial<ValidationError>): string | undefined {
  return code ?? name?.replaceAll('Error', '').toUpperCase();
}

function describeCode(code: string): string {
  return (
    TEXTS[code] ??
    code.replaceAll('_', ' ').replace(/[A-Za-z]+/g, word => word.charAt(0).toUpperCase() + word.slice(1).toLowerCase())
  );
}
