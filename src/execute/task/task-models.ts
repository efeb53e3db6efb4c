import {UserError} from '../../core/errors.ts';
import type {ModelDefinition, TaskConfig} from '../../core/task-config.ts';
import {serverKey} from '../../plan/servers.ts';

/** The models that agents use, by the key of the server that serves them. */
export function usedModelDefinitions(config: TaskConfig): ReadonlyMap<string, ModelDefinition> {
  const definitions = new Map<string, ModelDefinition>();
  for (const {model} of config.agent_definitions) {
    const definition = config.model_definitions[model];
    if (!definition) throw new UserError('config-invalid', `no model_definitions.${model}, which an agent names`);
    definitions.set(serverKey(definition), definition);
  }
  return definitions;
}

/** Every model of the config by its name, as the key of the server that serves it. */
export function mapModelKeys(config: TaskConfig): ReadonlyMap<string, string> {
  return new Map(Object.entries(config.model_definitions).map(([name, model]) => [name, serverKey(model)]));
}

/** Limits of connected servers by the names that the config has for their models; unknown ones are left out. */
export function mapEffectiveLimits(config: TaskConfig, limits: ReadonlyMap<string, number>): Record<string, number> {
  const named = Object.entries(config.model_definitions).map(
    ([name, model]) => [name, limits.get(serverKey(model))] as const,
  );
  return Object.fromEntries(named.filter((entry): entry is [string, number] => entry[1] !== undefined));
}
