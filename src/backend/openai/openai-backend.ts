import type {OpenAiModel} from './openai-schema.ts';
import {UserError} from '../../core/errors.ts';
import {readApiKey} from '../http/api-key.ts';
import type {BackendOptions} from '../backend.ts';
import type {BodyBuilder} from '../request/shape-request.ts';
import {OpenAiCompatibleBackend} from './openai-compatible.ts';
import {parseServerLoad} from '../server/server-metrics.ts';

const DEFAULT_URL = 'https://api.openai.com/v1';
const DEFAULT_TIMEOUT_S = 120;

/** @throws UserError `api-key-missing`, `api-key-invalid`, `config-invalid`, `proxy-invalid`. */
export function createOpenAiBackend(
  model: OpenAiModel,
  options: BackendOptions,
  build: BodyBuilder,
): OpenAiCompatibleBackend {
  const {api_config: api = {}} = model;
  const name = model.model_name ?? model.model_path;
  if (!name) throw new UserError('config-invalid', "an openai model needs model_name (the provider's model id)");
  const dialect = {
    model,
    name,
    baseUrl: api.base_url ?? DEFAULT_URL,
    apiKey: readApiKey(api.api_key_env ?? 'OPENAI_API_KEY', api.base_url, options.env),
    timeoutMs: (api.timeout_seconds ?? DEFAULT_TIMEOUT_S) * 1000,
    ...(isSelfHosted(api.base_url) ? {load: parseServerLoad} : {}),
  };
  return new OpenAiCompatibleBackend(dialect, options, build);
}

/**
 * Returns whether an address is of a machine of one's own or of one's network: the loopback, private ranges (RFC 1918,
 * RFC 4193), and names without a dot or of local domains. Hosted services have no use for questions about their load.
 */
export function isSelfHosted(url: string | undefined): boolean {
  if (url === undefined || !URL.canParse(url)) return false;
  const host = new URL(url).hostname.replace(/^\[|\]$/g, '').toLowerCase();
  if (/^(?:::1|f[cd][0-9a-f]{2}:.*|fe80:.*)$/.test(host)) return true;
  if (/^(?:127|10)\.|^192\.168\.|^169\.254\.|^172\.(?:1[6-9]|2\d|3[01])\./.test(host)) return true;
  return host === 'localhost' || /\.(?:local|localhost|internal|lan|home\.arpa)$/.test(host) || !/[.:]/.test(host);
}
