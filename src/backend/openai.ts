import type {Clock} from '../core/clock.ts';
import {UserError} from '../core/errors.ts';
import type {OpenAiModel} from '../core/task-config.ts';
import {readApiKey} from './api-key.ts';
import type {ChatRequest} from './backend.ts';
import {chatMessages} from './messages.ts';
import {OpenAiCompatibleBackend} from './openai-compatible.ts';

const DEFAULT_TIMEOUT_S = 120;

/** The request of the older system: JSON mode, no sampling options unless the config asks to send them. */
function openAiBody(model: OpenAiModel, request: ChatRequest, systemRole: boolean): Record<string, unknown> {
  const {api_config: api = {}} = model;
  const {sampling, answerSchema} = request;
  return {
    model: model.model_name ?? model.model_path,
    messages: chatMessages(request, systemRole),
    max_completion_tokens: sampling.max_tokens,
    response_format: answerSchema
      ? {type: 'json_schema', json_schema: {name: 'answer', schema: answerSchema, strict: true}}
      : {type: 'json_object'},
    ...(api.reasoning_effort === undefined ? {} : {reasoning_effort: api.reasoning_effort}),
    ...(api.verbosity === undefined ? {} : {verbosity: api.verbosity}),
    ...(api.send_temperature === true ? {temperature: sampling.temperature} : {}),
    ...(api.send_top_p === true && sampling.top_p !== undefined ? {top_p: sampling.top_p} : {}),
    ...(sampling.seed === undefined ? {} : {seed: sampling.seed}),
  };
}

/** @throws UserError `api-key-missing`, `api-key-invalid`, `config-invalid`. */
export function createOpenAiBackend(
  model: OpenAiModel,
  {env, clock, connections}: {env: Readonly<Record<string, string | undefined>>; clock: Clock; connections: number},
): OpenAiCompatibleBackend {
  const {api_config: api = {}} = model;
  const name = model.model_name ?? model.model_path;
  if (!name) throw new UserError('config-invalid', "an openai model needs model_name (the provider's model id)");
  return new OpenAiCompatibleBackend(
    {
      kind: 'openai',
      model: name,
      baseUrl: api.base_url,
      apiKey: readApiKey(api.api_key_env ?? 'OPENAI_API_KEY', api.base_url, env),
      timeoutMs: (api.timeout_seconds ?? DEFAULT_TIMEOUT_S) * 1000,
      connections,
      body: (request, systemRole) => openAiBody(model, request, systemRole),
      sampling: [
        'max_completion_tokens',
        'temperature',
        'top_p',
        'seed',
        'reasoning_effort',
        'verbosity',
        'response_format',
      ],
    },
    clock,
  );
}
