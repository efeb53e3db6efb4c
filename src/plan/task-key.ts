import {backendFor} from '../backend/backends.ts';
import {canonicalJson, sha256} from '../core/seeds/hash.ts';
import type {ModelDefinition, SystemRole, TaskConfig} from '../core/task-config.ts';

/**
 * Returns the key of a task: a hash of everything that would change its results, and of nothing else. Names, limits,
 * addresses and time-outs may change between a run and its resumption; the questions, the agents, the models and the
 * protocol may not. An optional key that is written out with its default counts as another value than one left out.
 *
 * @param questionsSha256 of the question file's bytes.
 * @returns 16 hexadecimal digits.
 */
export function taskKey(config: TaskConfig, questionsSha256: string, repetition: number): string {
  const {benchmark_subcategory, schema_version} = config.experiment_metadata;
  // What resume asks again changes nothing of what is said.
  const {retry_outcomes: _again, ...retry_config} = config.retry_config;
  const {execution_config: _execution, ...decisive} = config;
  const models = Object.entries(config.model_definitions).map(([name, model]) => [
    name,
    {...backendFor(model).essentials(model), ...requestEssentials(model), thought_tags: model.thought_tags},
  ]);
  const content = {
    ...decisive,
    experiment_metadata: {benchmark_subcategory, schema_version},
    retry_config,
    model_definitions: Object.fromEntries(models) as unknown,
    questions_sha256: questionsSha256,
    repetition,
  };
  return sha256(canonicalJson(content)).slice(0, 16);
}

/** Returns what a config changes of a model's requests; left out where it changes nothing, so that older keys stay. */
function requestEssentials(model: ModelDefinition): object {
  if (!backendFor(model).body) return {};
  const {request} = model;
  return {request, system_role: resolveSystemRole(model)};
}

/** Returns how a model takes the system's text; a plain `yes` is `true` once a snapshot has been read as YAML 1.1. */
export function resolveSystemRole(model: ModelDefinition): Exclude<SystemRole, true> | undefined {
  const {system_role: role} = model;
  return role === true ? 'yes' : role;
}

/** Returns a seed that follows from the key, unless the config sets one. */
export function taskSeed(config: TaskConfig, key: string): number {
  return config.conversation_config.seed ?? parseInt(key.slice(0, 8), 16);
}
