import {describe, expect, test} from 'vitest';

import type {ChatOutcome, ChatRequest} from '../../../src/backend/backend.ts';
import {readCompletion} from '../../../src/backend/reply/completion.ts';

const REQUEST: ChatRequest = {requestId: 'r', system: 's', user: 'u', sampling: {temperature: 0, max_tokens: 100}};

function read(
  completion: unknown,
  {body = {max_tokens: 100}, ...more}: {body?: object; reference?: true} = {},
): ChatOutcome {
  const signal = new AbortController().signal;
  return readCompletion(completion, {
    call: {model: 'm', url: 'http://h/v1', secrets: [], signal, nowMs: 0},
    request: {...REQUEST, ...more},
    body: {...body},
    latencyMs: 7,
    sent: {temperature: 0},
  });
}

const message = (content: unknown, more: object = {}): object => ({
  model: 'served',
  choices: [{message: {content}, finish_reason: 'stop', ...more}],
  usage: {prompt_tokens: 20, completion_tokens: 12, total_tokens: 32},
});

test('a completion is a reply with its tokens, its time and what was sent', () => {
  expect(read(message('{"answer": "Bob"}'))).toEqual({
    kind: 'reply',
    text: '{"answer": "Bob"}',
    finishReason: 'stop',
    ending: 'complete',
    promptTokens: 20,
    responseTokens: 12,
    latencyMs: 7,
    servedModel: 'served',
    sent: {temperature: 0},
  });
});

describe('the tokens', () => {
  test.each<[string, unknown, object]>([
    ['of thoughts, in OpenAI’s place', {completion_tokens_details: {reasoning_tokens: 18}}, {reasoningTokens: 18}],
    ['of thoughts, in that of the Responses API', {output_tokens_details: {reasoning_tokens: 5}}, {reasoningTokens: 5}],
    ['of thoughts, beside the others', {reasoning_tokens: 7}, {reasoningTokens: 7}],
    ['of no thoughts', {completion_tokens_details: {reasoning_tokens: 0}}, {reasoningTokens: 0}],
    ['that are no numbers', {prompt_tokens: 'many', completion_tokens: null}, {promptTokens: 0, responseTokens: 0}],
    ['that cannot be', {prompt_tokens: -3, completion_tokens: 2.9}, {promptTokens: 0, responseTokens: 2}],
    ['that nobody counts', undefined, {promptTokens: 0, responseTokens: 0}],
  ])('%s', (_what, usage, expected) => expect(read({...message('{}'), usage})).toMatchObject(expected));

  test('of thoughts are absent where no server tells them', () => {
    expect(read(message('{}'))).not.toHaveProperty('reasoningTokens');
  });
});

describe('a cut', () => {
  const cut = (usage: object): object => ({...message('{', {finish_reason: 'length'}), usage});

  test('is judged by the limit that was sent, under whichever name', () => {
    const usage = {prompt_tokens: 20, completion_tokens: 31};
    expect(read(cut(usage), {body: {max_tokens: 31}})).toMatchObject({ending: 'max-tokens'});
    expect(read(cut(usage), {body: {max_completion_tokens: 31}})).toMatchObject({ending: 'max-tokens'});
    expect(read(cut(usage), {body: {max_completion_tokens: 100}})).toMatchObject({ending: 'context-full'});
    expect(read(cut(usage), {body: {}})).toMatchObject({ending: 'max-tokens'});
  });

  test('counts thoughts that stand only in the total', () => {
    const usage = {prompt_tokens: 20, completion_tokens: 31, total_tokens: 120};
    expect(read(cut(usage))).toMatchObject({ending: 'max-tokens', responseTokens: 31});
  });

  test('is one at max_tokens under reference, whatever was counted', () => {
    expect(read(cut({completion_tokens: 31}), {reference: true})).toMatchObject({ending: 'max-tokens'});
    expect(read(message('{', {finish_reason: 'content_filter'}), {reference: true})).toMatchObject({
      ending: 'complete',
    });
  });
});

describe('a refusal', () => {
  const refused = message(null, {message: {content: null, refusal: 'No.'}});

  test('that is declared is one, whatever the finish reason', () => {
    expect(read(refused)).toMatchObject({ending: 'refused', refusal: 'No.', text: ''});
    // The older system did not know it.
    expect(read(refused, {reference: true})).toMatchObject({ending: 'complete', refusal: 'No.'});
  });

  test('is absent from other replies', () => expect(read(message('{}'))).not.toHaveProperty('refusal'));
});

describe('an answer without a message', () => {
  test.each<[string, unknown, string]>([
    ['nothing', null, 'the answer holds no message; the server sent: null'],
    ['no choices', {id: 'x', choices: []}, 'the answer holds no message; the server sent: {"id":"x","choices":[]}'],
    ['a message that is null', message('', {message: null}), 'the answer holds no message'],
  ])('is nonsense: %s', (_what, completion, words) => {
    const outcome = read(completion);
    expect(outcome).toMatchObject({kind: 'failure', reason: 'nonsense', retryable: true});
    expect(outcome.kind === 'failure' && outcome.error.message).toContain(words);
  });

  test('is a reply where a filter took it away', () => {
    const filtered = {choices: [{finish_reason: 'content_filter'}]};
    expect(read(filtered)).toMatchObject({kind: 'reply', ending: 'filtered', text: ''});
  });

  test('may hold an error, at its top or in the place of a choice', () => {
    expect(read({error: {code: 503, message: 'no slot'}})).toMatchObject({
      reason: 'overloaded',
      error: {details: {status_code: 503, original_error: 'no slot'}},
    });
    expect(read(message('', {error: {code: 502, message: 'provider is down'}}))).toMatchObject({
      kind: 'failure',
      error: {details: {status_code: 502, original_error: 'provider is down'}},
    });
    // An error beside an answer takes nothing away from it.
    expect(read(message('{}', {error: {code: 502, message: 'late'}}))).toMatchObject({kind: 'reply', text: '{}'});
  });
});
