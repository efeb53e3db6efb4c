import {countServerGpus} from '../backend/vllm/vllm-flags.ts';
import {canonicalJson} from '../core/hash.ts';
import type {ModelDefinition, VllmModel} from '../core/task-config.ts';

/** A model server that a job has to start. */
export interface ServerNeed {
  /** Equal definitions have equal keys, whatever configs call them. */
  readonly key: string;
  /** What the config calls the model. */
  readonly model: string;
  readonly modelPath: string;
  readonly gpus: number;
}

/**
 * The server that a definition asks for: none for a model behind an address, or one that needs no server of ours.
 *
 * @throws UserError `config-invalid` when its GPUs cannot be shared out.
 */
export function serverNeed(model: string, definition: ModelDefinition): ServerNeed | undefined {
  if (!isServedLocally(definition)) return undefined;
  return {key: canonicalJson(definition), model, modelPath: definition.model_path, gpus: countServerGpus(definition)};
}

export function isServedLocally(definition: ModelDefinition): definition is VllmModel {
  return definition.backend === 'vllm' && definition.api_config?.base_url === undefined;
}
