import {backendFor} from '../backend/backends.ts';
import {countServerGpus} from '../backend/vllm/vllm-flags.ts';
import type {VllmModel} from '../backend/vllm/vllm-schema.ts';
import {canonicalJson} from '../core/seeds/hash.ts';
import type {ModelDefinition} from '../core/task-config.ts';

/** A model server that a job has to start. */
export interface ServerNeed {
  /** Its `serverKey`. */
  readonly key: string;
  /** The model's name in the config. */
  readonly model: string;
  readonly modelPath: string;
  readonly gpus: number;
}

/** Returns what identifies the server of a model: equal definitions share one, whatever configs call them. */
export function serverKey(definition: ModelDefinition): string {
  return canonicalJson(definition);
}

/** Returns whether a model has no server yet, so that mac starts one where tasks run. */
export function isServedLocally(definition: ModelDefinition): definition is VllmModel {
  return backendFor(definition).startsServers === true && definition.api_config?.base_url === undefined;
}

/**
 * Returns the server that mac has to start for a definition, if any.
 *
 * @throws UserError `config-invalid` when its GPUs cannot be shared out.
 */
export function serverNeed(model: string, definition: ModelDefinition): ServerNeed | undefined {
  if (!isServedLocally(definition)) return undefined;
  return {key: serverKey(definition), model, modelPath: definition.model_path, gpus: countServerGpus(definition)};
}

/** Returns what identifies a set of servers, from their keys in any order. Tasks with equal sets share a job. */
export function serverSetKey(keys: Iterable<string>): string {
  return [...keys].sort().join('\n');
}
