import type {BackendDefinition, BodyParts, ModelAddress} from '../backend-definition.ts';
import {requireName} from '../model-schema.ts';
import {chatMessages, completionPrompt, NO_STREAMING} from '../request/messages.ts';
import {noRoute, routeTo, type OptionRoute, type OptionRoutes, type RequestMode} from '../request/option-routes.ts';
import type {Body} from '../request/shape-request.ts';
import {DEFAULT_OLLAMA_URL, parseOllamaHost} from './ollama-host.ts';
import {ollamaSchema, type OllamaModel} from './ollama-schema.ts';

/** Ollama through its own API. */
export const ollama: BackendDefinition<OllamaModel> = {
  name: 'ollama',
  schema: ollamaSchema,
  defaultLimit: 32,
  essentials: ({backend, model_name, model_path, ollama_config: {num_ctx, think} = {}}) => ({
    backend,
    name: model_name ?? model_path,
    num_ctx,
    think,
  }),
  address,
  context: ({ollama_config: {num_ctx: tokens} = {}}) =>
    tokens === undefined ? undefined : {tokens, path: ['ollama_config', 'num_ctx']},
  routes,
  body: (model, parts) => (parts.request.reference ? generateBody(model, parts) : chatBody(model, parts)),
  check: requireName,
  create: async (model, options, build) =>
    new (await import('./ollama-backend.ts')).OllamaBackend(model, options, build),
};

function address({ollama_api_url: url}: OllamaModel, env: Readonly<Record<string, string | undefined>>): ModelAddress {
  const path = ['ollama_api_url'];
  if (url !== undefined) return {url, path, from: 'config'};
  const inherited = parseOllamaHost(env['OLLAMA_HOST']);
  if (inherited === undefined) return {url: DEFAULT_OLLAMA_URL, path, from: 'default'};
  return {url: withoutPassword(inherited), path, from: 'environment'};
}

/** Messages name the address. */
function withoutPassword(address: string): string {
  const url = new URL(address);
  url.username = url.password = '';
  return url.href.replace(/\/$/, '');
}

function routes({ollama_config: config = {}}: OllamaModel, mode: RequestMode): OptionRoutes {
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

/** The older system's `/api/generate`, with `num_ctx` and `keep_alive`, which it forgot to send. */
function generateBody(model: OllamaModel, {request, options}: BodyParts): Body {
  const {ollama_config: {num_ctx, keep_alive} = {}} = model;
  const {options: sampling, think} = options;
  return {
    model: model.model_name ?? model.model_path,
    prompt: completionPrompt(request),
    stream: false,
    options: {...(sampling as Body), ...(num_ctx === undefined ? {} : {num_ctx})},
    format: request.answerSchema ?? 'json',
    ...(keep_alive === undefined ? {} : {keep_alive}),
    ...(think === undefined ? {} : {think}),
  };
}

/**
 * `/api/chat`. A prompt that does not fit is refused instead of cut in the middle, and thinking is never left to the
 * model's own default. Older servers ignore `truncate` and `shift`.
 */
function chatBody(model: OllamaModel, {request, options, systemRole}: BodyParts): Body {
  const {ollama_config: {num_ctx, keep_alive, think} = {}} = model;
  const {options: sampling, think: wanted} = options;
  return {
    model: model.model_name ?? model.model_path,
    messages: chatMessages(request, systemRole),
    ...NO_STREAMING,
    truncate: false,
    shift: false,
    think: think ?? wanted ?? false,
    options: {...(sampling as Body), ...(num_ctx === undefined ? {} : {num_ctx})},
    ...(request.answerSchema ? {format: request.answerSchema} : {}),
    ...(keep_alive === undefined ? {} : {keep_alive}),
  };
}
