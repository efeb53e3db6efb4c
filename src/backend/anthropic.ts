import type {Clock} from '../core/clock.ts';
import {UserError} from '../core/errors.ts';
import type {AnthropicModel} from '../core/task-config.ts';
import {readApiKey, type ApiKey} from './api-key.ts';
import type {Backend, ChatFailure, ChatOutcome, ChatRequest} from './backend.ts';
import {nonsense, statusFailure, transportFailure, type CallContext} from './failure.ts';
import {count, field, textOrNull} from './fields.ts';
import type {LeanResponse} from './lean-response.ts';
import {bodyBuilder, sentFields} from './request-body.ts';
import {requestIdHeader} from './request-id.ts';
import {createTransport, type Transport} from './transport.ts';

const DEFAULT_URL = 'https://api.anthropic.com';
const API_VERSION = '2023-06-01';
const DEFAULT_TIMEOUT_S = 120;
const CHECK_MS = 15_000;

/** The text parts; thinking is left out. */
function textOf(content: readonly unknown[]): string {
  return content.map(part => (field(part, 'type') === 'text' ? (textOrNull(field(part, 'text')) ?? '') : '')).join('');
}

/** A model of Anthropic's Messages API: one POST, so no client package is needed. */
export class AnthropicBackend implements Backend {
  readonly kind = 'anthropic';
  readonly #model: AnthropicModel;
  readonly #key: ApiKey;
  readonly #url: string;
  readonly #transport: Transport;
  readonly #clock: Clock;

  /** @throws UserError `api-key-missing`, `config-invalid`. */
  constructor(
    model: AnthropicModel,
    {env, clock, connections}: {env: Readonly<Record<string, string | undefined>>; clock: Clock; connections: number},
  ) {
    const {api_config: api = {}} = model;
    if (!(model.model_name ?? model.model_path)) {
      throw new UserError('config-invalid', "an anthropic model needs model_name (the provider's model id)");
    }
    this.#model = model;
    this.#key = readApiKey(api.api_key_env ?? 'ANTHROPIC_API_KEY', api.base_url, env);
    this.#url = (api.base_url ?? DEFAULT_URL).replace(/\/+$/, '');
    this.#clock = clock;
    this.#transport = createTransport({connections, timeoutMs: (api.timeout_seconds ?? DEFAULT_TIMEOUT_S) * 1000});
  }

  async complete(request: ChatRequest, signal: AbortSignal): Promise<ChatOutcome> {
    const body = bodyBuilder(this.#model)(request, true);
    const startMs = this.#clock.monotonic();
    const context = this.#context(signal);
    try {
      const response = await this.#transport.send(`${this.#url}/v1/messages`, {
        method: 'POST',
        headers: {...this.#headers(), 'content-type': 'application/json', ...requestIdHeader(request.requestId)},
        body: JSON.stringify(body),
        signal,
      });
      const text = await response.text();
      if (!response.ok) return failureOf(response, text, context);
      return this.#read(JSON.parse(text), body, this.#clock.monotonic() - startMs, context);
    } catch (error) {
      return transportFailure(error, context);
    }
  }

  /** Never trusts a field to be there or to have its type. */
  #read(reply: unknown, body: Record<string, unknown>, latencyMs: number, context: CallContext): ChatOutcome {
    const content = field(reply, 'content');
    if (!Array.isArray(content)) return nonsense('the answer holds no content', context);
    const tokens = (kind: string): number => count(field(field(reply, 'usage'), kind));
    const stopReason = textOrNull(field(reply, 'stop_reason'));
    return {
      kind: 'reply',
      text: textOf(content),
      finishReason: stopReason,
      ending: stopReason === 'max_tokens' ? 'max-tokens' : 'complete',
      promptTokens: tokens('input_tokens') + tokens('cache_read_input_tokens') + tokens('cache_creation_input_tokens'),
      responseTokens: tokens('output_tokens'),
      latencyMs,
      servedModel: textOrNull(field(reply, 'model')),
      sent: sentFields(body),
    };
  }

  async check(signal: AbortSignal): Promise<ChatFailure | null> {
    const context = this.#context(signal);
    try {
      const response = await this.#transport.send(`${this.#url}/v1/models`, {
        headers: this.#headers(),
        timeoutMs: CHECK_MS,
        signal,
      });
      const text = await response.text();
      if (response.ok || response.status === 404 || response.status === 405) return null;
      return failureOf(response, text, context);
    } catch (error) {
      return transportFailure(error, context);
    }
  }

  close(): Promise<void> {
    return this.#transport.close();
  }

  #headers(): Record<string, string> {
    return {'x-api-key': this.#key.value, 'anthropic-version': API_VERSION};
  }

  #context(signal: AbortSignal): CallContext {
    return {
      model: this.#model.model_name ?? this.#model.model_path ?? '',
      url: this.#url,
      secrets: this.#key.secrets,
      keyHint: this.#key.hint,
      signal,
      nowMs: this.#clock.now(),
    };
  }
}

function failureOf({status, headers}: LeanResponse, body: string, context: CallContext): ChatFailure {
  return statusFailure({status, body, header: name => headers.get(name)}, context);
}
