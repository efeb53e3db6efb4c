import {describe, expect, test} from 'vitest';

import type {ChatRequest} from '../../../src/backend/backend.ts';
import {openAi} from '../../../src/backend/openai/openai.ts';
import type {OpenAiModel} from '../../../src/backend/openai/openai-schema.ts';

type Api = NonNullable<OpenAiModel['api_config']>;

const REQUEST: ChatRequest = {requestId: 'r', system: 's', user: 'u', sampling: {temperature: 0, max_tokens: 9}};

function body(api_config: Api, request: Partial<ChatRequest> = {}): Record<string, unknown> {
  const model: OpenAiModel = {backend: 'openai', model_name: 'm', api_config};
  const options = {temperature: 0, max_completion_tokens: 9};
  return openAi.body!(model, {request: {...REQUEST, ...request}, options, systemRole: true});
}

/** The options that a model's routes leave out. */
function dropped(api_config: Api, mode: 'default' | 'reference' = 'default'): string[] {
  const routes = openAi.routes({backend: 'openai', model_name: 'm', api_config}, mode);
  return Object.entries(routes).flatMap(([option, route]) => ('why' in route ? [option] : []));
}

describe('a request', () => {
  test('has a format only where the config asks for one; under reference JSON mode', () => {
    expect(body({})).not.toHaveProperty('response_format');
    expect(body({}, {answerSchema: {type: 'object'}})).toMatchObject({
      response_format: {type: 'json_schema', json_schema: {schema: {type: 'object'}, strict: true}},
    });
    expect(body({}, {reference: true})).toMatchObject({response_format: {type: 'json_object'}});
  });

  test('says how hard the model thinks and how much it writes where the config does', () => {
    expect(body({reasoning_effort: 'low', verbosity: 'high'})).toMatchObject({
      reasoning_effort: 'low',
      verbosity: 'high',
    });
    expect(Object.keys(body({})).sort()).toEqual([
      'max_completion_tokens',
      'messages',
      'model',
      'stream',
      'temperature',
    ]);
  });

  test('refuses a stream; the older system’s did not say', () => {
    expect(body({})['stream']).toBe(false);
    expect(body({}, {reference: true})).not.toHaveProperty('stream');
  });
});

describe('the options that are sent', () => {
  test.each([
    undefined,
    'https://api.openai.com/v1',
    'https://x.openai.azure.com/openai/v1',
    'https://generativelanguage.googleapis.com/v1beta/openai',
  ])('to %s leave out what its interface refuses', base_url => {
    expect(dropped(base_url === undefined ? {} : {base_url})).toEqual(['top_k', 'min_p', 'enable_thinking']);
  });

  test.each(['http://127.0.0.1:1/v1', 'https://openrouter.ai/api/v1', 'https://api.openai.com.example.org/v1'])(
    'to %s are all',
    base_url => expect(dropped({base_url})).toEqual([]),
  );

  test('follow send_temperature and send_top_p; under reference these must say true', () => {
    const base_url = 'http://127.0.0.1:1/v1';
    expect(dropped({base_url, send_temperature: false, send_top_p: false})).toEqual(['temperature', 'top_p']);
    const others = ['top_k', 'min_p', 'presence_penalty', 'enable_thinking'];
    expect(dropped({base_url}, 'reference')).toEqual(['temperature', 'top_p', ...others]);
    expect(dropped({base_url, send_temperature: true, send_top_p: true}, 'reference')).toEqual(others);
  });
});
