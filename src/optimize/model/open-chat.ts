import {createBackend, BACKENDS} from '../../backend/backends.ts';
import type {Clock} from '../../core/clock.ts';
import type {ModelDefinition} from '../../core/task-config.ts';
import {describeIssues} from '../../core/text/describe-issues.ts';
import type {OptimizeLlm} from '../job.ts';
import {BackendChat} from './backend-chat.ts';
import {ChatError, type Chat} from './chat.ts';

/** Providers that speak the protocol of one of our backends. */
const PROVIDERS: Readonly<Record<string, {backend: string; base_url?: string; api_key_env?: string}>> = {
  openrouter: {backend: 'openai', base_url: 'https://openrouter.ai/api/v1', api_key_env: 'OPENROUTER_API_KEY'},
  'openai-compatible': {backend: 'openai'},
};

/** Returns the definition of a job's model for our backends. @throws ChatError for an unknown provider. */
export function defineModel({provider, model, base_url, api_key_env}: OptimizeLlm): ModelDefinition {
  const known = PROVIDERS[provider] ?? {backend: provider};
  const backend = BACKENDS.find(({name}) => name === known.backend);
  if (!backend) {
    const names = [...BACKENDS.map(({name}) => name), ...Object.keys(PROVIDERS)];
    throw new ChatError(`there is no provider ${provider}; choose one of ${names.join(', ')}`);
  }
  const api = {base_url: base_url ?? known.base_url, api_key_env: api_key_env ?? known.api_key_env};
  const api_config = Object.fromEntries(Object.entries(api).filter(([, value]) => value !== undefined));
  // Routers prefix names for their own clients; their servers do not know the prefix.
  const model_name = (model ?? undefined)?.replace(/^openrouter\//, '');
  const definition = {
    backend: known.backend,
    ...(model_name === undefined ? {} : {model_name}),
    ...(known.backend === 'simulated' ? {} : {api_config}),
  };
  const parsed = backend.schema.safeParse(definition);
  if (parsed.success) return definition;
  throw new ChatError(`llm: ${describeIssues(parsed.error, definition)}`);
}

export interface OpenChatOptions {
  readonly seed: number;
  readonly clock: Clock;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly onNotice: (text: string) => void;
}

/** Opens the model of a job. @throws ChatError, UserError when it lacks a key or an address. */
export async function openChat(llm: OptimizeLlm, {seed, clock, env, onNotice}: OpenChatOptions): Promise<Chat> {
  const backend = await createBackend(defineModel(llm), {env, clock, connections: 16, onNotice});
  return new BackendChat({backend, seed, clock});
}
