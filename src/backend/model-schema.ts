import {z} from 'zod';

import {positive, server, type Given} from '../core/model-schema.ts';
import type {ModelDefinition} from '../core/task-config.ts';
import type {ModelAddress, ModelReport} from './backend-definition.ts';

export const share = z.number().min(0).max(1);

export const hosted = {
  ...server,
  max_concurrent_requests: positive.nullish().describe('the older name of `max_num_seqs`'),
  send_temperature: z
    .boolean()
    .nullish()
    .describe('send the temperature; default true; for openai under `compatibility: reference` false'),
  send_top_p: z
    .boolean()
    .nullish()
    .describe('send top_p where the agent has one; default true; under `compatibility: reference` false'),
};

/** The definition of a model that follows from its backend's schema. */
export type ModelOf<Schema extends z.ZodType> = Given<z.output<Schema>>;

/** Returns the address that `api_config.base_url` names. */
export function configuredAddress({api_config}: ModelDefinition): ModelAddress | undefined {
  const url = api_config?.base_url;
  return url === undefined ? undefined : {url, path: ['api_config', 'base_url'], from: 'config'};
}

/** A provider's model, with options that no agent has. */
type HostedModel = ModelDefinition & {readonly api_config?: Readonly<Partial<Record<HostedOption, unknown>>>};
type HostedOption = 'reasoning_effort' | 'verbosity' | 'thinking' | 'effort' | 'send_temperature' | 'send_top_p';

/** Returns what of a provider's model changes results. */
export function hostedEssentials({backend, model_name, model_path, api_config: api = {}}: HostedModel): object {
  const {reasoning_effort, verbosity, thinking, effort, send_temperature, send_top_p} = api;
  const options = {reasoning_effort, verbosity, thinking, effort, send_temperature, send_top_p};
  return {backend, name: model_name ?? model_path, ...options};
}

/** Reports a model without a name. */
export function requireName(model: Readonly<Record<string, unknown>>, report: ModelReport): void {
  if ((model['model_name'] ?? model['model_path'] ?? null) !== null) return;
  report.problem(['model_name'], {found: 'nothing', expected: "the model's name at the provider"});
}
