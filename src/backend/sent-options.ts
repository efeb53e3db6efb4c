import {readAt} from '../core/mapping.ts';
import type {AgentDefinition, ModelDefinition} from '../core/task-config.ts';
import type {ChatRequest, Sampling} from './backend.ts';
import {backendFor} from './backends.ts';
import {type OptionName, type OptionRoute, type RequestMode} from './request/option-routes.ts';
import {bodyBuilder, sentFields} from './request/body-builder.ts';
import {shapeRequest} from './request/shape-request.ts';

/** The options of an agent; null and absent both leave them to the server. */
export type AgentOptions = Pick<
  AgentDefinition,
  'temperature' | 'max_tokens' | 'top_p' | 'top_k' | 'min_p' | 'presence_penalty' | 'enable_thinking'
>;

/** An agent's options as a model's requests carry them. */
export interface SentOptions {
  /**
   * All that a request carries besides the model, the prompt, the seed and the answer's schema, as the server gets it.
   * Agents with equal fields, models and prompts make equal requests.
   */
  readonly fields: Readonly<Record<string, unknown>>;
  /** Options that the agent sets and the server never sees. */
  readonly dropped: readonly {readonly option: OptionName; readonly why: string}[];
}

/** Returns which options of an agent reach its model, by the same code that makes the requests. */
export function sentOptions(model: ModelDefinition, agent: AgentOptions, mode: RequestMode): SentOptions {
  const backend = backendFor(model);
  const sampling = pickSampling(agent, undefined);
  const dropped = (Object.entries(backend.routes(model, mode)) as [OptionName, OptionRoute][]).flatMap(
    ([option, route]) => ('why' in route && sampling[option] !== undefined ? [{option, why: route.why}] : []),
  );
  if (!backend.body) return {fields: {...sampling}, dropped};
  const request: ChatRequest = {...EMPTY, sampling, ...(mode === 'reference' ? {reference: true} : {})};
  return {fields: sentFields(bodyBuilder(backend, model)(request, true)), dropped};
}

const EMPTY = {requestId: '', system: '', user: ''};

/** Every option and an answer's shape: a request that carries all that a request can. */
const FULL: ChatRequest = {
  ...EMPTY,
  sampling: {
    temperature: 1,
    max_tokens: 1,
    top_p: 1,
    top_k: 1,
    min_p: 1,
    presence_penalty: 1,
    enable_thinking: true,
    seed: 1,
  },
  answerSchema: {},
};

/**
 * Returns the names in a model's `request.rename` and `request.drop` that no request of ours carries: slips, since
 * nothing would be renamed or left out.
 */
export function namesNeverSent(model: ModelDefinition, mode: RequestMode): string[] {
  const backend = backendFor(model);
  if (!backend.body || !model.request) return [];
  const {request: {rename = {}, drop = []} = {}, ...unshaped} = model;
  const body = bodyBuilder(backend, unshaped)(mode === 'reference' ? {...FULL, reference: true} : FULL, true);
  const renamed = shapeRequest(body, {rename});
  return [
    ...Object.keys(rename).filter(name => !carries(body, name)),
    ...drop.filter(name => !carries(body, name) && !carries(renamed, name)),
  ];
}

function carries(body: unknown, path: string): boolean {
  return readAt(body, path.split('.')) !== undefined;
}

/** An agent's sampling options; null and absent both mean that the server decides. */
export function pickSampling(agent: AgentOptions, seed: number | undefined): Sampling {
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
