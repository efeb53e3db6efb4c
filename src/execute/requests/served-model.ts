import type {Backend} from '../../backend/backend.ts';
import {backendFor} from '../../backend/backends.ts';
import type {ModelDefinition, RequestLimit} from '../../core/task-config.ts';

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

export function describeModel(definition: ModelDefinition): string {
  const {backend, model_name, model_path} = definition;
  return `${model_name ?? model_path ?? 'model'} (${backend})`;
}

/** Returns the config's own limit, else the one of its backend's own keys, else the backend's default. */
export function requestLimit(definition: ModelDefinition): RequestLimit {
  const backend = backendFor(definition);
  return definition.max_num_seqs ?? backend.limit?.(definition) ?? backend.defaultLimit;
}

/** Lowers the engine's own limit to the sequences that surely fit into its KV cache; never what the user chose. */
export function effectiveLimit(definition: ModelDefinition, kvCapacity: number | null): RequestLimit {
  const limit = requestLimit(definition);
  const isEngines = backendFor(definition).limitIsEngines === true && definition.max_num_seqs === undefined;
  return isEngines && limit !== 'auto' ? Math.max(1, Math.min(limit, kvCapacity ?? limit)) : limit;
}

/** Returns what an auto-steered limit never exceeds. */
export function autoCeiling(definition: ModelDefinition): number {
  const backend = backendFor(definition);
  return (backend.limitIsEngines ? backend.limit?.(definition) : undefined) ?? AUTO_LIMIT.ceiling;
}

export function callRetries(definition: ModelDefinition): number {
  return definition.api_config?.max_retries ?? DEFAULT_CALL_RETRIES;
}

/** The most requests that a model may ever have in flight: what its connection pool is sized for. */
export function maxRequests(definition: ModelDefinition): number {
  const limit = requestLimit(definition);
  return limit === 'auto' ? AUTO_LIMIT.ceiling : limit;
}
