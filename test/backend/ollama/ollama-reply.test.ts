import {describe, expect, test} from 'vitest';

import type {ChatOutcome, ChatRequest} from '../../../src/backend/backend.ts';
import {readOllamaReply} from '../../../src/backend/ollama/ollama-reply.ts';

const REQUEST: ChatRequest = {requestId: 'r', system: 's', user: 'u', sampling: {temperature: 0, max_tokens: 100}};

function read(reply: unknown, {reference, format}: {reference?: true; format?: unknown} = {}): ChatOutcome {
  const signal = new AbortController().signal;
  return readOllamaReply(reply, {
    call: {model: 'm', url: 'http://h', secrets: [], signal, nowMs: 0},
    request: {...REQUEST, ...(reference ? {reference} : {})},
    body: {options: {num_predict: 100}, ...(format === undefined ? {} : {format})},
    latencyMs: 7,
    sent: {temperature: 0},
  });
}

const chat = (message: object, more: object = {}): object => ({
  model: 'm',
  message,
  done: true,
  done_reason: 'stop',
  prompt_eval_count: 67,
  eval_count: 12,
  ...more,
});

describe('/api/chat', () => {
  test('gives text, thoughts and tokens', () => {
    expect(read(chat({content: '{}', thinking: 'Hm.'}))).toEqual({
      kind: 'reply',
      text: '{}',
      reasoningText: 'Hm.',
      finishReason: 'stop',
      ending: 'complete',
      promptTokens: 67,
      responseTokens: 12,
      latencyMs: 7,
      servedModel: 'm',
      sent: {temperature: 0},
    });
  });

  test.each<[string, object, string]>([
    ['the limit is reached', {done_reason: 'length', eval_count: 100}, 'max-tokens'],
    ['it ends below the limit', {done_reason: 'length', eval_count: 31}, 'context-full'],
    ['an old version ends at the limit without a reason', {done_reason: undefined, eval_count: 100}, 'max-tokens'],
    ['an old version ends below it without a reason', {done_reason: undefined, eval_count: 31}, 'complete'],
    ['it is not done', {done: false}, 'interrupted'],
    ['the model was only loaded', {done_reason: 'load'}, 'interrupted'],
  ])('ends as it is told: %s', (_what, more, ending) => {
    expect(read(chat({content: '{'}, more))).toMatchObject({ending});
  });

  test.each<[string, unknown]>([
    ['no message', {done: true}],
    ['a message that is a text', chat({}, {message: 'x'})],
    ['nothing', null],
  ])('without a message is nonsense: %s', (_what, reply) => {
    const outcome = read(reply);
    expect(outcome).toMatchObject({kind: 'failure', reason: 'nonsense'});
    expect(outcome.kind === 'failure' && outcome.error.message).toContain('the answer holds no message');
  });
});

describe('/api/generate, under reference', () => {
  const generated = (more: object = {}): object => ({response: '{', eval_count: 31, done_reason: 'length', ...more});

  test('is cut only at max_tokens, as the older system counted', () => {
    expect(read(generated(), {reference: true})).toMatchObject({text: '{', ending: 'complete'});
    expect(read(generated({eval_count: 100}), {reference: true})).toMatchObject({ending: 'max-tokens'});
  });

  test('has its format in the record', () => {
    expect(read(generated(), {reference: true, format: 'json'})).toMatchObject({sent: {format: 'json'}});
    expect(read(generated(), {reference: true, format: {type: 'object'}})).toMatchObject({
      sent: {format: 'json_schema'},
    });
  });

  test('has thoughts beside the response, and without a response is nonsense', () => {
    expect(read(generated({thinking: 'Hm.'}), {reference: true})).toMatchObject({reasoningText: 'Hm.'});
    const outcome = read({done: true}, {reference: true});
    expect(outcome.kind === 'failure' && outcome.error.message).toContain('the answer holds no response');
  });
});
