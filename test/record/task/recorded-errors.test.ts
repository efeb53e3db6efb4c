import fc from 'fast-check';
import {expect, test} from 'vitest';

import {
  identicalReplies,
  jsonParseFailed,
  jsonParseRepaired,
  maxLengthExceeded,
  maxRetriesExceeded,
  missingStructuredOutput,
  recordedError,
  unexpectedError,
} from '../../../src/record/task/recorded-errors.ts';

/** The texts as both errors quote them. */
function quoted(text: string): unknown[] {
  return [jsonParseFailed(text), jsonParseRepaired(text)].map(({details}) => details['response_text']);
}

test('a reply is quoted up to 500 characters, of which one may take two units', () => {
  expect(quoted('a'.repeat(499))[0]).toBe('a'.repeat(499));
  expect(quoted('a'.repeat(501))[0]).toBe('a'.repeat(500));
  expect(quoted('😀'.repeat(501))).toEqual(['😀'.repeat(500), '😀'.repeat(500)]);
  expect(quoted(`a${'😀'.repeat(600)}`)[0]).toBe(`a${'😀'.repeat(499)}`);
});

test('no character is ever cut in two', () => {
  const long = fc.string({unit: 'grapheme', minLength: 400, maxLength: 1200});
  fc.assert(
    fc.property(long, text => {
      const expected = Array.from(text).slice(0, 500).join('');
      expect(quoted(text)).toEqual([expected, expected]);
    }),
  );
});

test('an error has the code of its class, and no detail that is undefined', () => {
  expect(missingStructuredOutput('a')).toEqual({
    error_class: 'MissingStructuredOutputError',
    error_code: 'MISSING_STRUCTURED_OUTPUT',
    message: 'No structured output found in response from a',
    details: {agent_id: 'a'},
  });
  expect(recordedError('APIError', 'no', {kept: null, dropped: undefined}).details).toEqual({kept: null});
});

test('a reply that could be repaired has a code of its own', () => {
  expect(jsonParseRepaired('{').error_code).toBe('JSON_PARSE_REPAIRED');
  expect(jsonParseFailed('{', 3)).toMatchObject({
    error_code: 'JSON_PARSE_FAILED',
    details: {repaired: false, attempt: 3},
  });
});

test('identical replies at temperature 0 are told, and all attempts are kept', () => {
  const exhausted = maxRetriesExceeded('a', 3, [jsonParseFailed('{')]);
  const identical = identicalReplies(exhausted);
  expect(identical.message).toMatch(
    /^Agent a failed after 3 retries: the same request at temperature 0 .* not sent again$/,
  );
  expect(identical.details).toEqual({...exhausted.details, identical_replies: true});
});

test('a cut reply says how long it was and how long it could be', () => {
  const error = maxLengthExceeded({agentId: 'a', maxTokens: 120, tokensGenerated: 121, attempt: 1});
  expect(error.message).toBe('Response exceeded max tokens (121/120)');
  expect(error.details).toMatchObject({max_tokens: 120, tokens_generated: 121, truncated: true});
});

test('an unexpected error keeps what it was', () => {
  expect(unexpectedError({type: 'TypeError', message: 'x', questionId: 'q'})).toMatchObject({
    message: 'Unexpected error during execution: TypeError: x',
    details: {original_error_type: 'TypeError', original_message: 'x', context: 'execution', question_id: 'q'},
  });
});
