import type {ModelDefinition} from '../../core/task-config.ts';
import type {BackendDefinition} from '../backend-definition.ts';
import type {ChatRequest} from '../backend.ts';
import {optionFields, type OptionRoutes, type RequestMode} from './option-routes.ts';
import {shapeRequest, type Body, type BodyBuilder} from './shape-request.ts';

/** Returns what makes a model's requests: the options that reach it, in its own form, shaped as the config says. */
export function bodyBuilder(backend: BackendDefinition, model: ModelDefinition): BodyBuilder {
  const routes: Record<RequestMode, OptionRoutes> = {
    default: backend.routes(model, 'default'),
    reference: backend.routes(model, 'reference'),
  };
  const build = (request: ChatRequest, systemRole: boolean): Body => {
    const options = optionFields(request.sampling, routes[request.reference ? 'reference' : 'default']);
    return backend.body?.(model, {request, options, systemRole}) ?? {};
  };
  const {request: shape} = model;
  if (!shape) return build;
  return (request, systemRole) => shapeRequest(build(request, systemRole), shape);
}

/** Returns what the record of a call shows of its request: all but the prompt. */
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
