import {readFile, stat} from 'node:fs/promises';
import {parse} from 'yaml';

import {isMapping, readAt, type Mapping} from '../../core/mapping.ts';

/** Bytes above which a file is data rather than a config. */
const MAX_BYTES = 5 * 1024 * 1024;

/** Places where programs keep what people ask of a run first: dotted paths, the first that is there counts. */
const PLACES: Readonly<Record<string, readonly string[]>> = {
  model: ['model.name', 'model_name', 'model', 'llm.model', 'language_model.name', 'simulation.model'],
  steps: [
    'steps',
    'num_steps',
    'max_steps',
    'num_episodes',
    'simulation.steps',
    'simulation.num_steps',
    'conversation_config.max_rounds',
  ],
  agents: ['num_agents', 'agents', 'simulation.num_agents', 'agent_definitions'],
};

/** Returns model, steps and agents of a run, as far as its effective config has them; nothing without one. */
export async function describeRun(configPath: string): Promise<Mapping> {
  const config = await readConfig(configPath);
  if (config === null) return {};
  const found = Object.entries(PLACES).flatMap(([name, paths]) => {
    const value = paths
      .map(path => readAt(config, path.split('.')))
      .find(each => each !== undefined && !isMapping(each));
    if (value === undefined) return [];
    return [[name, Array.isArray(value) ? value.length : value] as const];
  });
  const models = Object.keys(isMapping(config['model_definitions']) ? config['model_definitions'] : {});
  return {...(models.length > 0 ? {model: models.join(', ')} : {}), ...Object.fromEntries(found)};
}

async function readConfig(path: string): Promise<Mapping | null> {
  try {
    if ((await stat(path)).size > MAX_BYTES) return null;
    const value: unknown = parse(await readFile(path, 'utf8'));
    return isMapping(value) ? value : null;
  } catch {
    // A run need not write one, and what another program writes need not be YAML.
    return null;
  }
}
