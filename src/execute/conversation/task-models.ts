import {UserError} from '../../core/errors.ts';
import type {ModelDefinition, TaskConfig} from '../../core/task-config.ts';
import {serverKey} from '../../plan/servers.ts';
import type {PackTask} from '../pack-task.ts';

/** Returns the models that agents use by the keys of their servers. */
export function usedModelDefinitions(config: TaskConfig): ReadonlyMap<string, ModelDefinition> {
  const definitions = new Map<string, ModelDefinition>();
  for (const {model} of config.agent_definitions) {
    const definition = config.model_definitions[model];
    if (!definition) throw new UserError('config-invalid', `no model_definitions.${model}, which an agent names`);
    definitions.set(serverKey(definition), definition);
  }
  return definitions;
}

/** Returns the models of a task; a trial has none of ours. @throws UserError when its config cannot be made. */
export function listTaskModels(task: PackTask): readonly ModelDefinition[] {
  return task.kind === 'trial' ? [] : [...usedModelDefinitions(task.load().config).values()];
}

/** Maps the name of every model of a config to the key of its server. */
export function mapModelKeys(config: TaskConfig): ReadonlyMap<string, string> {
  return new Map(Object.entries(config.model_definitions).map(([name, model]) => [name, serverKey(model)]));
}

/** Maps the names of a config's models to the limits of their servers, as far as these are known. */
export function mapEffectiveLimits(config: TaskConfig, limits: ReadonlyMap<string, number>): Record<string, number> {
  const named = Object.entries(config.model_definitions).map(
    ([name, model]) => [name, limits.get(serverKey(model))] as const,
  );
  return Object.fromEntries(named.filter((entry): entry is [string, number] => entry[1] !== undefined));
}
