import {canonicalJson} from '../core/seeds/hash.ts';
import type {ModelDefinition, TaskConfig} from '../core/task-config.ts';
import {axesThatChange, representativeTasks} from './enumerate.ts';
import type {Plan} from './plan.ts';

/** A model definition that agents of a plan use. */
export interface UsedModel {
  /** Its name in the config. */
  readonly name: string;
  readonly definition: ModelDefinition;
}

const AGENT_MODEL = /^agent_definitions(?:\.\d+(?:\.model)?)?$/;
const DEFINITION = /^model_definitions(?:\.|$)/;

/**
 * Returns each different definition of each model that an agent uses, from one task for every value of the axes that
 * decide it.
 */
export function usedModels(plan: Plan): UsedModel[] {
  const configs = (isRelevant: (path: string) => boolean): TaskConfig[] =>
    representativeTasks(plan, axesThatChange(plan, isRelevant)).map(index => plan.configAt(index));
  const agents = configs(path => AGENT_MODEL.test(path)).flatMap(config => config.agent_definitions);
  const names = new Set(agents.map(({model}) => model));
  const used = new Map<string, UsedModel>();
  for (const {model_definitions: models} of configs(path => DEFINITION.test(path))) {
    for (const name of names) {
      const definition = models[name];
      if (definition) used.set(canonicalJson([name, definition]), {name, definition});
    }
  }
  return [...used.values()];
}
