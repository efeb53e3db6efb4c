import type {Clock} from '../core/clock.ts';
import {UserError} from '../core/errors.ts';
import type {OpenAiModel} from '../core/task-config.ts';
import {readApiKey} from './api-key.ts';
import {OpenAiCompatibleBackend} from './openai-compatible.ts';
import {bodyBuilder} from './request-body.ts';

const DEFAULT_TIMEOUT_S = 120;

/** @throws UserError `api-key-missing`, `api-key-invalid`, `config-invalid`. */
export function createOpenAiBackend(
  model: OpenAiModel,
  {env, clock, connections}: {env: Readonly<Record<string, string | undefined>>; clock: Clock; connections: number},
): OpenAiCompatibleBackend {
  const {api_config: api = {}} = model;
  const name = model.model_name ?? model.model_path;
  if (!name) throw new UserError('config-invalid', "an openai model needs model_name (the provider's model id)");
  return new OpenAiCompatibleBackend(
    {
      kind: 'openai',
      model: name,
      baseUrl: api.base_url,
      apiKey: readApiKey(api.api_key_env ?? 'OPENAI_API_KEY', api.base_url, env),
      timeoutMs: (api.timeout_seconds ?? DEFAULT_TIMEOUT_S) * 1000,
      connections,
      body: bodyBuilder(model),
    },
    clock,
  );
}
