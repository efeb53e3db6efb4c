import {describe, expect, test} from 'vitest';

import {anthropic} from '../../../src/backend/anthropic/anthropic.ts';
import type {AnthropicModel} from '../../../src/backend/anthropic/anthropic-schema.ts';
import type {ChatRequest} from '../../../src/backend/backend.ts';
import type {OptionName, RequestMode} from '../../../src/backend/request/option-routes.ts';

type Api = NonNullable<AnthropicModel['api_config']>;

const REMINDER = '\n\nYou must respond with valid JSON only. Do not include any text outside the JSON object.';
const REQUEST: ChatRequest = {requestId: 'r', system: 's', user: 'u', sampling: {temperature: 0, max_tokens: 9}};

const model = (api_config: Api = {}): AnthropicModel => ({
  backend: 'anthropic',
  model_name: 'm',
  api_config,
});

function body(api_config: Api, options: object = {}, more: Partial<ChatRequest> = {}): object {
  const parts = {
    request: {...REQUEST, ...more},
    options: {temperature: 0, max_tokens: 9, ...options},
    systemRole: true,
  };
  return anthropic.body!(model(api_config), parts);
}

describe('a request', () => {
  test('has the system’s text in a field of its own, and thinks only where the config says so', () => {
    expect(body({})).toEqual({
      model: 'm',
      max_tokens: 9,
      system: 's',
      messages: [{role: 'user', content: `u${REMINDER}`}],
      thinking: {type: 'disabled'},
      temperature: 0,
      stream: false,
    });
    expect(body({thinking: 'adaptive', effort: 'low'})).toMatchObject({
      thinking: {type: 'adaptive'},
      output_config: {effort: 'low'},
    });
    expect(body({}, {}, {reference: true})).not.toHaveProperty('stream');
  });

  test('has no top_k of -1, which means off in a config', () => {
    expect(body({}, {top_k: 4})).toHaveProperty('top_k', 4);
    expect(body({}, {top_k: -1})).not.toHaveProperty('top_k');
  });
});

describe('the options that are not sent', () => {
  function whys(api_config: Api, mode: RequestMode = 'default'): Partial<Record<OptionName, string>> {
    const routes = Object.entries(anthropic.routes(model(api_config), mode));
    return Object.fromEntries(routes.flatMap(([option, route]) => ('why' in route ? [[option, route.why]] : [])));
  }
  const never = {
    min_p: 'the Messages API has no such option',
    presence_penalty: 'the Messages API has no such option',
    seed: 'the Messages API has no such option',
    enable_thinking: 'the Messages API has no such option; api_config.thinking switches thinking',
  };

  test('are those that the Messages API does not have', () => expect(whys({})).toEqual(never));

  test('are all samplers while the model thinks', () => {
    const why = 'the Messages API takes it only with thinking disabled';
    expect(whys({thinking: 'adaptive'})).toEqual({...never, temperature: why, top_p: why, top_k: why});
  });

  test('are what the config switches off, and under reference what the older system left out', () => {
    expect(whys({send_temperature: false, send_top_p: false})).toMatchObject({
      temperature: 'api_config.send_temperature is false',
      top_p: 'api_config.send_top_p is not true',
    });
    expect(Object.keys(whys({}, 'reference')).sort()).toEqual(
      ['top_p', 'top_k', 'min_p', 'presence_penalty', 'seed', 'enable_thinking'].sort(),
    );
    expect(whys({send_top_p: true}, 'reference')).not.toHaveProperty('top_p');
  });
});
