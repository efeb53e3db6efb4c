import type {AnthropicModel} from './anthropic-schema.ts';
import type {Clock} from '../../core/clock.ts';
import {UserError} from '../../core/errors.ts';
import {apiAddress, type ApiAddress} from '../http/api-address.ts';
import {readApiKey, type ApiKey} from '../http/api-key.ts';
import type {Backend, BackendOptions, ChatFailure, ChatOutcome, ChatRequest} from '../backend.ts';
import type {ReplyContext} from '../reply/completion.ts';
import {classifyEnding} from '../reply/endings.ts';
import {transportFailure, type CallContext} from '../failure/failure.ts';
import {count, field, textOrNull} from '../fields.ts';
import {readMessage} from '../reply/message-parts.ts';
import type {BodyBuilder} from '../request/shape-request.ts';
import {ModelCalls} from '../request/model-calls.ts';
import {postTo} from '../request/post.ts';
import {describeProxy, proxyFor} from '../http/proxy.ts';
import {missingReplyFailure, toStatusFailure} from '../reply/read-answer.ts';
import {createTransport, MAX_LIST_BYTES, type Transport} from '../http/transport.ts';

const DEFAULT_URL = 'https://api.anthropic.com';
const API_VERSION = '2023-06-01';
const DEFAULT_TIMEOUT_S = 120;
const CHECK_MS = 15_000;

/** A model of Anthropic's Messages API: one POST, so no client package is needed. */
export class AnthropicBackend implements Backend {
  readonly kind = 'anthropic';
  readonly #name: string;
  readonly #key: ApiKey;
  readonly #address: ApiAddress;
  readonly #where: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #transport: Transport;
  readonly #calls: ModelCalls;
  readonly #clock: Clock;

  /** @throws UserError `api-key-missing`, `config-invalid`, `proxy-invalid`. */
  constructor(
    model: AnthropicModel,
    {env, clock, connections, onNotice = () => undefined}: BackendOptions,
    build: BodyBuilder,
  ) {
    const {api_config: api = {}} = model;
    const name = model.model_name ?? model.model_path;
    if (!name) throw new UserError('config-invalid', "an anthropic model needs model_name (the provider's model id)");
    const baseUrl = api.base_url ?? DEFAULT_URL;
    const proxy = proxyFor(baseUrl, env);
    this.#name = name;
    this.#key = readApiKey(api.api_key_env ?? 'ANTHROPIC_API_KEY', api.base_url, env);
    this.#address = apiAddress(baseUrl, false);
    this.#where = proxy ? `${this.#address.base} (${describeProxy(proxy)})` : this.#address.base;
    this.#headers = {'x-api-key': this.#key.value, 'anthropic-version': API_VERSION};
    this.#clock = clock;
    const timeoutMs = (api.timeout_seconds ?? DEFAULT_TIMEOUT_S) * 1000;
    this.#transport = createTransport({connections, timeoutMs, proxy});
    this.#calls = new ModelCalls({
      model,
      build,
      hasSystemField: true,
      clock,
      post: postTo(this.#transport, this.#address.at('v1/messages'), this.#headers),
      context: signal => this.#context(signal),
      read: readReply,
      onNotice,
    });
  }

  complete(request: ChatRequest, signal: AbortSignal): Promise<ChatOutcome> {
    return this.#calls.complete(request, signal);
  }

  async check(signal: AbortSignal): Promise<ChatFailure | null> {
    const context = this.#context(signal);
    try {
      const response = await this.#transport.send(this.#address.at('v1/models'), {
        headers: this.#headers,
        timeoutMs: CHECK_MS,
        maxBytes: MAX_LIST_BYTES,
        signal,
      });
      if (response.ok || response.status === 404 || response.status === 405) return null;
      return toStatusFailure(response, context);
    } catch (error) {
      return transportFailure(error, context);
    }
  }

  close(): Promise<void> {
    return this.#transport.close();
  }

  #context(signal: AbortSignal): CallContext {
    const {secrets, hint} = this.#key;
    return {model: this.#name, url: this.#where, secrets, keyHint: hint, signal, nowMs: this.#clock.now()};
  }
}

/** Never trusts a field to be there or to have its type. */
function readReply(reply: unknown, {call, request, body, latencyMs, sent}: ReplyContext): ChatOutcome {
  if (!Array.isArray(field(reply, 'content'))) return missingReplyFailure(reply, 'the answer holds no content', call);
  const usage = field(reply, 'usage');
  const tokens = (kind: string): number => count(field(usage, kind));
  const reason = textOrNull(field(reply, 'stop_reason'));
  const {text, thoughts} = readMessage(reply);
  const responseTokens = tokens('output_tokens');
  const maxTokens = body['max_tokens'];
  const finish = {
    reason,
    text,
    generated: responseTokens,
    maxTokens: typeof maxTokens === 'number' ? maxTokens : undefined,
  };
  const ending = request.reference ? (reason === 'max_tokens' ? 'max-tokens' : 'complete') : classifyEnding(finish);
  return {
    kind: 'reply',
    text,
    finishReason: reason,
    ending,
    ...(thoughts === '' ? {} : {reasoningText: thoughts}),
    ...(ending === 'refused'
      ? {refusal: text || (textOrNull(field(field(reply, 'stop_details'), 'explanation')) ?? '')}
      : {}),
    promptTokens: tokens('input_tokens') + tokens('cache_read_input_tokens') + tokens('cache_creation_input_tokens'),
    responseTokens,
    latencyMs,
    servedModel: textOrNull(field(reply, 'model')),
    sent,
  };
}
