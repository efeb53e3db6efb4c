import type {AgentDefinition, ModelDefinition} from '../core/task-config.ts';
import type {Sampling} from './backend.ts';
import {optionRoutes, type OptionName, type OptionRoute, type RequestMode} from './option-routes.ts';
import {bodyBuilder, sentFields} from './request-body.ts';

/** The options of an agent; null and absent both leave them to the server. */
export type AgentOptions = Pick<
  AgentDefinition,
  'temperature' | 'max_tokens' | 'top_p' | 'top_k' | 'min_p' | 'presence_penalty' | 'enable_thinking'
>;

/** What a model's requests say of an agent's options. */
export interface SentOptions {
  /**
   * All that a request carries besides the model, the prompt, the seed and the answer's schema, as the server gets it. Agents with equal fields, models and
   * prompts make equal requests.
   */
  readonly fields: Readonly<Record<string, unknown>>;
  /** Options that the agent sets and the server never sees. */
  readonly dropped: readonly {readonly option: OptionName; readonly why: string}[];
}

/** Tells which options of an agent reach its model, by the same code that makes the requests. */
export function sentOptions(model: ModelDefinition, agent: AgentOptions, mode: RequestMode): SentOptions {
  const sampling = samplingOf(agent, undefined);
  const dropped = (Object.entries(optionRoutes(model, mode)) as [OptionName, OptionRoute][]).flatMap(
    ([option, route]) => ('why' in route && sampling[option] !== undefined ? [{option, why: route.why}] : []),
  );
  if (model.backend === 'simulated') return {fields: {...sampling}, dropped};
  const request = {requestId: '', system: '', user: '', sampling, ...(mode === 'reference' ? {reference: true} : {})};
  return {
    fields: sentFields(bodyBuilder(model)(request as Parameters<ReturnType<typeof bodyBuilder>>[0], true)),
    dropped,
  };
}

/** An agent's sampling options; null and absent both mean that the server decides. */
export function samplingOf(agent: AgentOptions, seed: number | undefined): Sampling {
  const {temperature, max_tokens, top_p, top_k, min_p, presence_penalty, enable_thinking} = agent;
  return {
    temperature,
    max_tokens,
    ...(top_p != null ? {top_p} : {}),
    ...(top_k != null ? {top_k} : {}),
    ...(min_p != null ? {min_p} : {}),
    ...(presence_penalty != null ? {presence_penalty} : {}),
    ...(enable_thinking != null ? {enable_thinking} : {}),
    ...(seed !== undefined ? {seed} : {}),
  };
}
