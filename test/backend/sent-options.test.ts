import {expect, test} from 'vitest';

import type {AnthropicModel} from '../../src/backend/anthropic/anthropic-schema.ts';
import type {OllamaModel} from '../../src/backend/ollama/ollama-schema.ts';
import type {OpenAiModel} from '../../src/backend/openai/openai-schema.ts';
import {sentOptions} from '../../src/backend/sent-options.ts';
import {shapeRequest} from '../../src/backend/request/shape-request.ts';
import type {ModelDefinition} from '../../src/core/task-config.ts';

const AGENT = {
  temperature: 0.7,
  max_tokens: 9,
  top_p: 0.9,
  top_k: 40,
  min_p: 0.1,
  presence_penalty: 0.5,
  enable_thinking: false,
};
const LOCAL: ModelDefinition = {backend: 'openai', model_name: 'm', api_config: {base_url: 'http://127.0.0.1:1/v1'}};
const HOSTED: ModelDefinition = {backend: 'openai', model_name: 'm'};
const names = (model: ModelDefinition, mode: 'default' | 'reference' = 'default'): string[] =>
  sentOptions(model, AGENT, mode).dropped.map(({option}) => option);

test('what a config says reaches every compatible server; hosts that refuse an option are not sent it', () => {
  expect(sentOptions(LOCAL, AGENT, 'default')).toEqual({
    dropped: [],
    fields: {
      max_completion_tokens: 9,
      temperature: 0.7,
      top_p: 0.9,
      top_k: 40,
      min_p: 0.1,
      presence_penalty: 0.5,
      chat_template_kwargs: {enable_thinking: false},
    },
  });
  expect(names(HOSTED)).toEqual(['top_k', 'min_p', 'enable_thinking']);
  expect(sentOptions(HOSTED, AGENT, 'default').fields).toMatchObject({temperature: 0.7, top_p: 0.9});
  expect(names({backend: 'vllm', model_path: 'm'})).toEqual([]);
  expect(names({backend: 'anthropic', model_name: 'm'})).toEqual(['min_p', 'presence_penalty', 'enable_thinking']);
  expect(names({backend: 'simulated'})).toEqual([]);
});

test('top_k: -1 means off, which the Messages API does not know', () => {
  const fields = (top_k: number) =>
    sentOptions({backend: 'anthropic', model_name: 'm'}, {...AGENT, top_k}, 'default').fields;
  expect(fields(40)).toHaveProperty('top_k', 40);
  expect(fields(-1)).not.toHaveProperty('top_k');
});

test('options that a config switches off are named with the key that does it', () => {
  const model: OpenAiModel = {backend: 'openai', model_name: 'm', api_config: {send_temperature: false}};
  expect(sentOptions(model, AGENT, 'default').dropped).toContainEqual({
    option: 'temperature',
    why: 'api_config.send_temperature is false',
  });
  const thinking: AnthropicModel = {backend: 'anthropic', model_name: 'm', api_config: {thinking: 'adaptive'}};
  expect(names(thinking)).toEqual(['temperature', 'top_p', 'top_k', 'min_p', 'presence_penalty', 'enable_thinking']);
});

test('under reference the older system decides', () => {
  expect(names(HOSTED, 'reference')).toEqual([
    'temperature',
    'top_p',
    'top_k',
    'min_p',
    'presence_penalty',
    'enable_thinking',
  ]);
  expect(sentOptions(HOSTED, AGENT, 'reference').fields).toEqual({
    max_completion_tokens: 9,
    response_format: {type: 'json_object'},
  });
});

test('ollama: thinking is always said, by the model or by the agent', () => {
  const ollama: OllamaModel = {backend: 'ollama', model_name: 'm'};
  const {enable_thinking: _none, ...plain} = AGENT;
  expect(sentOptions(ollama, plain, 'default').fields).toMatchObject({think: false, truncate: false, shift: false});
  expect(sentOptions(ollama, {...AGENT, enable_thinking: true}, 'default').fields).toMatchObject({think: true});
  const low: OllamaModel = {...ollama, ollama_config: {think: 'low'}};
  expect(sentOptions(low, AGENT, 'default').fields).toMatchObject({think: 'low'});
  expect(names(low)).toEqual(['enable_thinking']);
});

test('two agents whose difference does not reach the server make equal requests', () => {
  const model: ModelDefinition = {...HOSTED, request: {drop: ['temperature']}};
  const at = (temperature: number) => sentOptions(model, {...AGENT, temperature}, 'default').fields;
  expect(JSON.stringify(at(0))).toBe(JSON.stringify(at(1)));
});

test('a body is renamed, dropped from and added to, at any depth, and what was given stays', () => {
  const body = {max_tokens: 9, seed: 1, options: {seed: 1, top_k: 4}, extra: {a: {b: 1}}};
  const shaped = shapeRequest(body, {
    rename: {max_tokens: 'max_completion_tokens', 'options.top_k': 'top_k', absent: 'x'},
    drop: ['seed', 'options.seed', 'nothing.there'],
    add: {extra: {a: {c: [1]}, d: null}, stop: ['\n']},
  });
  expect(JSON.parse(JSON.stringify(shaped))).toEqual({
    max_completion_tokens: 9,
    top_k: 4,
    extra: {a: {b: 1, c: [1]}, d: null},
    stop: ['\n'],
  });
  expect(body).toEqual({max_tokens: 9, seed: 1, options: {seed: 1, top_k: 4}, extra: {a: {b: 1}}});
});
