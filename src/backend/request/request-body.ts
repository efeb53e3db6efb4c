import type {
  AnthropicModel,
  ModelDefinition,
  OllamaModel,
  OpenAiModel,
  SimulatedModel,
  VllmModel,
} from '../../core/task-config.ts';
import type {ChatRequest} from '../backend.ts';
import {chatMessages, completionPrompt, JSON_REMINDER} from './messages.ts';
import {optionFields, optionRoutes, type OptionRoutes, type RequestMode} from './option-routes.ts';
import {shapeRequest, type Body} from './shape-request.ts';

/** A model that is spoken to over HTTP. */
export type HttpModel = Exclude<ModelDefinition, SimulatedModel>;

/** Makes the bodies of a model's requests. @param systemRole false: the system's text goes into the user's message. */
export type BodyBuilder = (request: ChatRequest, systemRole: boolean) => Body;

/** Returns what makes a model's requests: the options that reach it, in its own form, shaped as the config says. */
export function bodyBuilder(model: HttpModel): BodyBuilder {
  const routes: Record<RequestMode, OptionRoutes> = {
    default: optionRoutes(model, 'default'),
    reference: optionRoutes(model, 'reference'),
  };
  const build = (request: ChatRequest, systemRole: boolean): Body => {
    const options = optionFields(request.sampling, routes[request.reference ? 'reference' : 'default']);
    switch (model.backend) {
      case 'vllm':
        return vllmBody(model, {request, options, systemRole});
      case 'openai':
        return openAiBody(model, {request, options, systemRole});
      case 'anthropic':
        return anthropicBody(model, {request, options, systemRole});
      case 'ollama':
        return request.reference
          ? ollamaGenerateBody(model, {request, options, systemRole})
          : ollamaChatBody(model, {request, options, systemRole});
    }
  };
  const {request: shape} = model;
  if (!shape) return build;
  return (request, systemRole) => shapeRequest(build(request, systemRole), shape);
}

interface Parts {
  readonly request: ChatRequest;
  readonly options: Body;
  readonly systemRole: boolean;
}

/** Servers that stream unless told not to are not unheard of. */
const NO_STREAMING = {stream: false};

function vllmBody(model: VllmModel, {request, options, systemRole}: Parts): Body {
  const {answerSchema, reference} = request;
  return {
    model: model.model_name ?? model.model_path,
    messages: chatMessages(request, systemRole),
    ...options,
    ...(answerSchema ? {response_format: schemaFormat(answerSchema)} : {}),
    ...(reference ? {} : NO_STREAMING),
  };
}

/** Under `reference` JSON mode, as in the older system; else a format is asked for only where the config says so. */
function openAiBody(model: OpenAiModel, {request, options, systemRole}: Parts): Body {
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

function schemaFormat(schema: object): object {
  return {type: 'json_schema', json_schema: {name: 'answer', schema, strict: true}};
}

function anthropicBody(model: AnthropicModel, {request, options}: Parts): Body {
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

/** The older system's `/api/generate`, with `num_ctx` and `keep_alive`, which it forgot to send. */
function ollamaGenerateBody(model: OllamaModel, {request, options}: Parts): Body {
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
function ollamaChatBody(model: OllamaModel, {request, options, systemRole}: Parts): Body {
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

/** What the record of a call shows of its request: all but the prompt. */
export function sentFields(body: Body): Body {
  const {
    model: _model,
    messages: _messages,
    system: _system,
    prompt: _prompt,
    stream: _stream,
    keep_alive: _keepAlive,
    options,
    ...fields
  } = body;
  return {...(options as Body | undefined), ...fields};
}
