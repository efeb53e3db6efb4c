import type {BackendDefinition, BodyParts} from '../backend-definition.ts';
import {configuredAddress, hostedEssentials, requireName} from '../model-schema.ts';
import {JSON_REMINDER, NO_STREAMING} from '../request/messages.ts';
import {noRoute, routeTo, type OptionRoute, type OptionRoutes, type RequestMode} from '../request/option-routes.ts';
import type {Body} from '../request/shape-request.ts';
import {anthropicSchema, type AnthropicModel} from './anthropic-schema.ts';

/** Anthropic's Messages API. */
export const anthropic: BackendDefinition<AnthropicModel> = {
  name: 'anthropic',
  schema: anthropicSchema,
  keyVariable: 'ANTHROPIC_API_KEY',
  defaultLimit: 16,
  limit: model => model.api_config?.max_concurrent_requests,
  essentials: hostedEssentials,
  address: configuredAddress,
  routes,
  body,
  check: requireName,
  create: async (model, options, build) =>
    new (await import('./anthropic-backend.ts')).AnthropicBackend(model, options, build),
};

function routes({api_config: api = {}}: AnthropicModel, mode: RequestMode): OptionRoutes {
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

function body(model: AnthropicModel, {request, options}: BodyParts): Body {
  const {api_config: {thinking = 'disabled', effort} = {}} = model;
  const {max_tokens, top_k, ...others} = options;
  return {
    model: model.model_name ?? model.model_path,
    max_tokens,
    system: request.system,
    messages: [{role: 'user', content: request.user + JSON_REMINDER}],
    thinking: {type: thinking},
    ...(effort === undefined ? {} : {output_config: {effort}}),
    ...others,
    // -1 means off in a config, and is refused here.
    ...(typeof top_k === 'number' && top_k > 0 ? {top_k} : {}),
    ...(request.reference ? {} : NO_STREAMING),
  };
}
