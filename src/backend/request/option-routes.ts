import type {AnthropicModel, ModelDefinition, OllamaModel, OpenAiModel} from '../../core/task-config.ts';
import type {Sampling} from '../backend.ts';
import {put, type Body} from './shape-request.ts';

/** An option of an agent, or the seed. */
export type OptionName = keyof Sampling;

/** Where an option goes in a request's body: a path; or the reason why it goes nowhere. */
export type OptionRoute = {readonly path: readonly string[]} | {readonly why: string};

export type OptionRoutes = Readonly<Record<OptionName, OptionRoute>>;

/**
 * Under `compatibility: reference` the older system's selection; else what the config says is sent wherever the server
 * can take it.
 */
export type RequestMode = 'default' | 'reference';

/** Decides which options of an agent reach a model, and under which names. */
export function optionRoutes(model: ModelDefinition, mode: RequestMode): OptionRoutes {
  switch (model.backend) {
    case 'openai':
      return mode === 'reference' ? openAiReference(model) : openAi(model);
    case 'anthropic':
      return anthropic(model, mode);
    case 'ollama':
      return ollama(model, mode);
    case 'vllm':
    case 'simulated':
      return OWN_NAMES;
  }
}

/** The options of a request as fields of its body. */
export function optionFields(sampling: Sampling, routes: OptionRoutes): Body {
  const body: Body = {};
  for (const [option, route] of Object.entries(routes) as [OptionName, OptionRoute][]) {
    const value = sampling[option];
    if (value !== undefined && 'path' in route) put(body, route.path, value);
  }
  return body;
}

const OWN_NAMES: OptionRoutes = {
  temperature: routeTo('temperature'),
  max_tokens: routeTo('max_tokens'),
  top_p: routeTo('top_p'),
  top_k: routeTo('top_k'),
  min_p: routeTo('min_p'),
  presence_penalty: routeTo('presence_penalty'),
  seed: routeTo('seed'),
  enable_thinking: routeTo('chat_template_kwargs', 'enable_thinking'),
};

/**
 * Hosts whose interfaces are documented to refuse what is no option of theirs. Any other server may be llama.cpp,
 * SGLang, vLLM or a router.
 */
const STRICT_HOSTS = /(?:^|\.)(?:api\.openai\.com|openai\.azure\.com|generativelanguage\.googleapis\.com)$/;

function openAi({api_config: api = {}}: OpenAiModel): OptionRoutes {
  const isStrict = api.base_url === undefined || STRICT_HOSTS.test(new URL(api.base_url).hostname);
  const unlessStrict = (route: OptionRoute): OptionRoute =>
    isStrict ? noRoute('its interface has no such option (request.add sends it all the same)') : route;
  return {
    ...OWN_NAMES,
    max_tokens: routeTo('max_completion_tokens'),
    temperature:
      api.send_temperature === false ? noRoute('api_config.send_temperature is false') : routeTo('temperature'),
    top_p: api.send_top_p === false ? noRoute('api_config.send_top_p is false') : routeTo('top_p'),
    top_k: unlessStrict(OWN_NAMES.top_k),
    min_p: unlessStrict(OWN_NAMES.min_p),
    enable_thinking: unlessStrict(OWN_NAMES.enable_thinking),
  };
}

function openAiReference({api_config: api = {}}: OpenAiModel): OptionRoutes {
  const never = noRoute('the older system did not send it');
  return {
    max_tokens: routeTo('max_completion_tokens'),
    temperature:
      api.send_temperature === true ? routeTo('temperature') : noRoute('api_config.send_temperature is not true'),
    top_p: api.send_top_p === true ? routeTo('top_p') : noRoute('api_config.send_top_p is not true'),
    top_k: never,
    min_p: never,
    presence_penalty: never,
    seed: routeTo('seed'),
    enable_thinking: never,
  };
}

function anthropic({api_config: api = {}}: AnthropicModel, mode: RequestMode): OptionRoutes {
  const isReference = mode === 'reference';
  const sendsTopP = isReference ? api.send_top_p === true : api.send_top_p !== false;
  const unlessThinking = (route: OptionRoute): OptionRoute =>
    (api.thinking ?? 'disabled') === 'disabled'
      ? route
      : noRoute('the Messages API takes it only with thinking disabled');
  const never = noRoute('the Messages API has no such option');
  return {
    max_tokens: routeTo('max_tokens'),
    temperature:
      api.send_temperature === false
        ? noRoute('api_config.send_temperature is false')
        : unlessThinking(routeTo('temperature')),
    top_p: sendsTopP ? unlessThinking(routeTo('top_p')) : noRoute('api_config.send_top_p is not true'),
    top_k: isReference ? noRoute('the older system did not send it') : unlessThinking(routeTo('top_k')),
    min_p: never,
    presence_penalty: never,
    seed: never,
    enable_thinking: noRoute('the Messages API has no such option; api_config.thinking switches thinking'),
  };
}

function ollama({ollama_config: config = {}}: OllamaModel, mode: RequestMode): OptionRoutes {
  const option = (name: string): OptionRoute => routeTo('options', name);
  return {
    temperature: option('temperature'),
    max_tokens: option('num_predict'),
    top_p: option('top_p'),
    top_k: option('top_k'),
    min_p: option('min_p'),
    presence_penalty: option('presence_penalty'),
    seed: option('seed'),
    enable_thinking:
      config.think === undefined || mode === 'reference' ? routeTo('think') : noRoute('ollama_config.think decides'),
  };
}

function routeTo(...path: readonly string[]): OptionRoute {
  return {path};
}

function noRoute(why: string): OptionRoute {
  return {why};
}
