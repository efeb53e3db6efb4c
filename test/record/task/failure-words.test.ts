import {expect, test} from 'vitest';

import {countErrorCodes, countUnderlyingErrors, sumFailures} from '../../../src/record/task/error-codes.ts';
import {describeEnd, explainFailures, failureWords} from '../../../src/record/task/failure-words.ts';
import type {FailureCount, Transcript} from '../../../src/record/formats.ts';
import {
  ERROR_CODES,
  maxLengthExceeded,
  maxRetriesExceeded,
  missingStructuredOutput,
  recordedError,
} from '../../../src/record/task/recorded-errors.ts';

const cut = maxLengthExceeded({agentId: 'a', maxTokens: 120, tokensGenerated: 120});
const notJson = missingStructuredOutput('a');

function failure(code: string, count: number, example = 't', maxTokens?: number): FailureCount {
  return {code, count, example, ...(maxTokens === undefined ? {} : {max_tokens: maxTokens})};
}

test('the failures of a conversation are those of its attempts, with the limit at which replies were cut', () => {
  expect(countUnderlyingErrors(maxRetriesExceeded('a', 3, [cut, notJson, notJson, cut, notJson]))).toEqual([
    {code: 'MISSING_STRUCTURED_OUTPUT', count: 3},
    {code: 'MAX_LENGTH_EXCEEDED', count: 2, max_tokens: 120},
  ]);
  expect(countUnderlyingErrors(recordedError('APIRequestError', 'no'))).toEqual([
    {code: 'API_REQUEST_ERROR', count: 1},
  ]);
  expect(countUnderlyingErrors(null)).toEqual([]);
});

test('a request that failed because of the prompt is counted as that, and nobody is told that resuming helps', () => {
  const error = recordedError('APIRequestError', 'no');
  expect(countUnderlyingErrors(error, 'filtered')).toEqual([{code: 'CONTENT_FILTERED', count: 1}]);
  expect(countUnderlyingErrors(recordedError('OllamaAPIError', 'no'), 'context-full')).toEqual([
    {code: 'CONTEXT_FULL', count: 1},
  ]);
  expect(countUnderlyingErrors(error, 'server')).toEqual([{code: 'API_REQUEST_ERROR', count: 1}]);
  const told = countUnderlyingErrors(error, 'filtered').map(each => ({...each, example: 't'}));
  expect(explainFailures(1, told)).toEqual([
    '1 question failed: 1 was stopped by a content filter',
    '  for example: mac show t',
  ]);
});

test('failures are added up; a limit that is not the same everywhere is not told', () => {
  const cutAt = (limit: number): FailureCount[] => [failure('MAX_LENGTH_EXCEEDED', 2, `at ${limit}`, limit)];
  expect(sumFailures([cutAt(120), undefined, cutAt(120)])).toEqual([failure('MAX_LENGTH_EXCEEDED', 4, 'at 120', 120)]);
  expect(sumFailures([cutAt(120), cutAt(60)])).toEqual([failure('MAX_LENGTH_EXCEEDED', 4, 'at 120')]);
});

test('why questions failed is told in words, with what helps against the most frequent cause and an example', () => {
  const failures = [
    failure('MISSING_STRUCTURED_OUTPUT', 12, 'first'),
    failure('MAX_LENGTH_EXCEEDED', 2, 'second', 120),
    failure('INVALID_ANSWER', 2, 'third'),
  ];
  const [head, advice, example] = explainFailures(4, failures);
  expect(head).toBe('4 questions failed: 12 replies were not JSON, 2 were cut at max_tokens 120, 2 named no choice');
  expect(advice).toMatch(/^ {2}try structured_output: json_schema/);
  expect(example).toBe('  for example: mac show first');
  expect(explainFailures(1, [failure('MODEL_REFUSED', 1)])).toEqual([
    '1 question failed: 1 declined to answer',
    '  for example: mac show t',
  ]);
  expect(explainFailures(0, [])).toEqual([]);
});

test('every code with which a reply or a request can fail has words; a strange one is named', () => {
  const ofFiles = ['CONFIG_ERROR', 'MISSING_CONFIG_SECTION', 'INVALID_CONFIG_FIELD', 'FILE_OPERATION_ERROR'];
  const others = ['FILE_NOT_FOUND', 'PROJECT_ROOT_NOT_FOUND', 'DEPENDENCY_ERROR', 'MANIFEST_PARSE_ERROR'];
  // These say nothing of their own: what stands behind them is told.
  const general = ['MANIFEST_WRITE_ERROR', 'UNKNOWN_ERROR', 'AGENT_ERROR', 'MAX_RETRIES_EXCEEDED'];
  const silent = new Set([...ofFiles, ...others, ...general]);
  const without = Object.values(ERROR_CODES).filter(code => failureWords(code).one.includes(code));
  expect(without.filter(code => !silent.has(code))).toEqual([]);
  expect(failureWords('NEW').many).toBe('failed with NEW');
});

test('retries alone are nowhere told as the reason', () => {
  expect(describeEnd(maxRetriesExceeded('a', 2, [notJson, notJson, cut]))).toBe(
    'no usable answer in 3 attempts: 2 replies were not JSON, 1 was cut at max_tokens 120',
  );
  expect(describeEnd(recordedError('APIRequestError', 'API request failed: no'))).toBe('API request failed: no');
});

test('codes of a transcript are counted over all its attempts; a repaired reply is no failure', () => {
  const attempt = (code: string): object => ({error_code: code, raw_text: ''});
  const transcript = {
    conversation_rounds: [
      {
        messages: [
          {message_metadata: {call: {failed_attempts: [attempt('INVALID_ANSWER')]}}},
          {
            message_metadata: {
              validation_errors: [{error_code: 'JSON_PARSE_REPAIRED'}, {error_code: 'INVALID_ANSWER'}],
            },
          },
          {},
        ],
      },
    ],
    conversation_summary: {
      failed_turn: {failed_attempts: [attempt('MAX_LENGTH_EXCEEDED')]},
      error_info: {error_code: 'API_REQUEST_ERROR'},
    },
  } as unknown as Transcript;
  expect([...countErrorCodes(transcript)]).toEqual([
    ['INVALID_ANSWER', 2],
    ['MAX_LENGTH_EXCEEDED', 1],
    ['API_REQUEST_ERROR', 1],
  ]);
});
