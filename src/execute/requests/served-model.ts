import type {Backend} from '../../backend/backend.ts';
import {effectiveMaxNumSeqs} from '../../backend/vllm/vllm-flags.ts';
import type {ModelDefinition, RequestLimit} from '../../core/task-config.ts';
import {canonicalJson} from '../../core/hash.ts';

/**
 * A model as one server serves it, shared by all tasks of the pack whose configs define it alike: one pool of
 * connections, one limit, one circuit.
 */
export interface ServedModel {
  /** Equal definitions have equal keys, whatever the tasks call them. */
  readonly key: string;
  /** For people: the model's name and its backend. */
  readonly name: string;
  readonly definition: ModelDefinition;
  readonly backend: Backend;
  /** Further attempts after a failed call. */
  readonly maxRetries: number;
  readonly limit: RequestLimit;
}

/** Where an auto-steered limit starts and what it never exceeds. */
export const AUTO_LIMIT = {start: 16, ceiling: 1024};

const DEFAULT_CALL_RETRIES = 5;
const DEFAULT_LIMITS = {vllm: 256, openai: 16, anthropic: 16, ollama: 32, simulated: 256} as const;

export function servedModelKey(definition: ModelDefinition): string {
  return canonicalJson(definition);
}

export function describeModel(definition: ModelDefinition): string {
  const {backend} = definition;
  const name = 'model_name' in definition ? definition.model_name : undefined;
  const path = 'model_path' in definition ? definition.model_path : undefined;
  return `${name ?? path ?? 'model'} (${backend})`;
}

/** The limit of §5: the config's own, else the backend's upper bound, else the backend's default. */
export function requestLimit(definition: ModelDefinition): RequestLimit {
  const {backend, max_num_seqs: own} = definition;
  if (own !== undefined) return own;
  if (backend === 'vllm') return definition.vllm_config?.max_num_seqs_upper_bound ?? DEFAULT_LIMITS.vllm;
  if (backend === 'openai' || backend === 'anthropic') {
    return definition.api_config?.max_concurrent_requests ?? DEFAULT_LIMITS[backend];
  }
  return DEFAULT_LIMITS[backend];
}

/**
 * A bound of the engine's is lowered to the sequences that surely fit into its KV cache; a limit that the user chose
 * stands.
 */
export function effectiveLimit(definition: ModelDefinition, kvCapacity: number | null): RequestLimit {
  const limit = requestLimit(definition);
  if (definition.backend !== 'vllm' || definition.max_num_seqs !== undefined || limit === 'auto') return limit;
  return Math.max(1, effectiveMaxNumSeqs(limit, kvCapacity) ?? limit);
}

export function callRetries(definition: ModelDefinition): number {
  const config = 'api_config' in definition ? definition.api_config : undefined;
  return config?.max_retries ?? DEFAULT_CALL_RETRIES;
}

/** The most requests that a model may ever have in flight: what its connection pool is sized for. */
export function maxRequests(definition: ModelDefinition): number {
  const limit = requestLimit(definition);
  return limit === 'auto' ? AUTO_LIMIT.ceiling : limit;
}
