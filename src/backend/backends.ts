import type {ModelDefinition} from '../core/task-config.ts';
import {anthropic} from './anthropic/anthropic.ts';
import type {Backend, BackendOptions} from './backend.ts';
import type {BackendDefinition} from './backend-definition.ts';
import {ollama} from './ollama/ollama.ts';
import {openAi} from './openai/openai.ts';
import {bodyBuilder} from './request/body-builder.ts';
import {simulated} from './simulated/simulated.ts';
import {vllm} from './vllm/vllm.ts';

/** Every backend, in the order of the documentation. A new one is a folder and a line here (docs/extending.md). */
export const BACKENDS: readonly [BackendDefinition, ...BackendDefinition[]] = [
  vllm,
  openAi,
  anthropic,
  ollama,
  simulated,
];

/** Returns the backend that a model's definition names. */
export function backendFor({backend}: Pick<ModelDefinition, 'backend'>): BackendDefinition {
  const found = BACKENDS.find(({name}) => name === backend);
  if (!found) throw new Error(`Internal error: no backend ${backend}`);
  return found;
}

/** Makes the backend of a model. @throws UserError when the definition lacks a key, an address or a name. */
export async function createBackend(model: ModelDefinition, options: BackendOptions): Promise<Backend> {
  const definition = backendFor(model);
  return await definition.create(model, options, bodyBuilder(definition, model));
}
