import type {Backend} from '../../backend/backend.ts';
import {backendFor} from '../../backend/backends.ts';
import type {ModelDefinition, RequestLimit} from '../../core/task-config.ts';

/**
 * A model as one server serves it, shared by all tasks of the pack whose configs define it equally: one pool of
 * connections, one limit, one circuit breaker.
 */
export interface ServedModel {
  /** `serverKey` of the definition. */
  readonly key: string;
  /** The model's name and its backend, for people. */
  readonly name: string;
  readonly definition: ModelDefinition;
  readonly backend: Backend;
  /** Most repetitions of a failed call. */
  readonly maxRetries: number;
  readonly limit: RequestLimit;
}

/** Start and ceiling of a steered limit. */
export const AUTO_LIMIT = {start: 16, ceiling: 1024};

const DEFAULT_CALL_RETRIES = 5;

export function describeModel(definition: ModelDefinition): string {
  const {backend, model_name, model_path} = definition;
  return `${model_name ?? model_path ?? 'model'} (${backend})`;
}

/** Returns the config's own limit, else the limit of its backend's own keys, else the backend's default. */
export function requestLimit(definition: ModelDefinition): RequestLimit {
  const backend = backendFor(definition);
  return definition.max_num_seqs ?? backend.limit?.(definition) ?? backend.defaultLimit;
}

/** Lowers an engine's own limit to the sequences that surely fit into its KV cache; never one that the user chose. */
export function effectiveLimit(definition: ModelDefinition, kvCapacity: number | null): RequestLimit {
  const limit = requestLimit(definition);
  const isEngines = backendFor(definition).limitIsEngines === true && definition.max_num_seqs === undefined;
  return isEngines && limit !== 'auto' ? Math.max(1, Math.min(limit, kvCapacity ?? limit)) : limit;
}

/** Returns the ceiling of a steered limit. */
export function autoCeiling(definition: ModelDefinition): number {
  const backend = backendFor(definition);
  return (backend.limitIsEngines ? backend.limit?.(definition) : undefined) ?? AUTO_LIMIT.ceiling;
}

export function callRetries(definition: ModelDefinition): number {
  return definition.api_config?.max_retries ?? DEFAULT_CALL_RETRIES;
}

/** Returns the most requests that a model may ever have in flight, for the size of its connection pool. */
export function maxRequests(definition: ModelDefinition): number {
  const limit = requestLimit(definition);
  return limit === 'auto' ? AUTO_LIMIT.ceiling : limit;
}
