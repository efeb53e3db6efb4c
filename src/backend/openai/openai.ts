import type {BackendDefinition, BodyParts} from '../backend-definition.ts';
import {configuredAddress, hostedEssentials, requireName} from '../model-schema.ts';
import {chatMessages, NO_STREAMING, schemaFormat} from '../request/messages.ts';
import {noRoute, OWN_NAMES, routeTo, type OptionRoute, type OptionRoutes} from '../request/option-routes.ts';
import type {Body} from '../request/shape-request.ts';
import {openaiSchema, type OpenAiModel} from './openai-schema.ts';

/** Chat-completions servers: OpenAI's own, and all that speak its protocol. */
export const openAi: BackendDefinition<OpenAiModel> = {
  name: 'openai',
  schema: openaiSchema,
  keyVariable: 'OPENAI_API_KEY',
  defaultLimit: 16,
  limit: model => model.api_config?.max_concurrent_requests,
  essentials: hostedEssentials,
  address: configuredAddress,
  routes: (model, mode) => (mode === 'reference' ? referenceRoutes(model) : routes(model)),
  body,
  check: requireName,
  create: async (model, options, build) =>
    (await import('./openai-backend.ts')).createOpenAiBackend(model, options, build),
};

/**
 * Hosts whose interfaces are documented to refuse what is no option of theirs. Any other server may be llama.cpp,
 * SGLang, vLLM or a router.
 */
const STRICT_HOSTS = /(?:^|\.)(?:api\.openai\.com|openai\.azure\.com|generativelanguage\.googleapis\.com)$/;

function routes({api_config: api = {}}: OpenAiModel): OptionRoutes {
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

function referenceRoutes({api_config: api = {}}: OpenAiModel): OptionRoutes {
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

/** Under `reference` JSON mode, as in the older system; else a format is asked for only where the config says so. */
function body(model: OpenAiModel, {request, options, systemRole}: BodyParts): Body {
  const {api_config: {reasoning_effort, verbosity} = {}} = model;
  const {answerSchema, reference} = request;
  const {max_completion_tokens, ...others} = options;
  return {
    model: model.model_name ?? model.model_path,
    messages: chatMessages(request, systemRole),
    max_completion_tokens,
    ...(answerSchema ? {response_format: schemaFormat(answerSchema)} : {}),
    ...(!answerSchema && reference ? {response_format: {type: 'json_object'}} : {}),
    ...(reasoning_effort === undefined ? {} : {reasoning_effort}),
    ...(verbosity === undefined ? {} : {verbosity}),
    ...others,
    ...(reference ? {} : NO_STREAMING),
  };
}
