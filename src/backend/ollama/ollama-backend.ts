import {Ollama, type ChatRequest as ChatBody, type GenerateRequest} from 'ollama';

import type {OllamaModel} from './ollama-schema.ts';
import type {Clock} from '../../core/clock.ts';
import {UserError} from '../../core/errors.ts';
import {apiAddress, type ApiAddress} from '../http/api-address.ts';
import type {Backend, BackendOptions, ChatFailure, ChatOutcome, ChatReply, ChatRequest, OnNotice} from '../backend.ts';
import {statusFailure, transportFailure, type CallContext} from '../failure/failure.ts';
import {toArray, field, textOrNull} from '../fields.ts';
import type {BodyBuilder} from '../request/shape-request.ts';
import {ModelCalls} from '../request/model-calls.ts';
import {isPromptCut, loadedContext} from './ollama-context.ts';
import {DEFAULT_OLLAMA_URL, parseOllamaHost} from './ollama-host.ts';
import {readOllamaReply} from './ollama-reply.ts';
import {describeProxy, proxyFor} from '../http/proxy.ts';
import {readAnswer} from '../reply/read-answer.ts';
import {awaitAnswer, fetchFor, requestIdHeader, type Exchange, type Post} from '../request/post.ts';
import {createTransport, MAX_LIST_BYTES, type Transport} from '../http/transport.ts';

const DEFAULT_TIMEOUT_S = 120;
const LOOKUP_TIMEOUT_MS = 5_000;

/** A model served by Ollama. */
export class OllamaBackend implements Backend {
  readonly kind = 'ollama';
  readonly #model: OllamaModel;
  readonly #name: string;
  readonly #address: ApiAddress;
  /** The address as messages name it, with where it comes from. */
  readonly #where: string;
  readonly #transport: Transport;
  readonly #calls: ModelCalls;
  readonly #clock: Clock;
  readonly #onNotice: OnNotice;
  /** The context in tokens; looked up once, when the model is loaded. */
  #numCtx: Promise<number | undefined> | undefined;
  #toldOfCuts = false;

  /** @throws UserError `config-invalid`, `proxy-invalid`. */
  constructor(
    model: OllamaModel,
    {clock, connections, env, onNotice = () => undefined}: BackendOptions,
    build: BodyBuilder,
  ) {
    const name = model.model_name ?? model.model_path;
    if (!name) throw new UserError('config-invalid', "an ollama model needs model_name, e.g. 'llama3.2:3b'");
    const inherited = model.ollama_api_url === undefined ? parseOllamaHost(env['OLLAMA_HOST']) : undefined;
    const {url, authorization} = withoutPassword(model.ollama_api_url ?? inherited ?? DEFAULT_OLLAMA_URL);
    const proxy = proxyFor(url, env);
    const origin = [
      ...(inherited === undefined ? [] : ['from $OLLAMA_HOST']),
      ...(proxy ? [describeProxy(proxy)] : []),
    ].join(', ');
    this.#model = model;
    this.#name = name;
    this.#clock = clock;
    this.#onNotice = (text, kind) => onNotice(`${name}: ${text}`, kind);
    this.#address = apiAddress(url, false);
    this.#where = origin === '' ? this.#address.base : `${this.#address.base} (${origin})`;
    this.#transport = createTransport({
      connections,
      timeoutMs: (model.timeout_seconds ?? DEFAULT_TIMEOUT_S) * 1000,
      proxy,
    });
    this.#calls = new ModelCalls({
      model,
      build,
      clock,
      post: ollamaPost(this.#transport, this.#address, authorization === undefined ? {} : {authorization}),
      context: signal => this.#context(signal),
      read: readOllamaReply,
      nameError: failure => this.#nameError(failure),
      onNotice,
    });
    if (inherited !== undefined) this.#onNotice(`served by Ollama at ${this.#where}`, 'news');
  }

  async complete(request: ChatRequest, signal: AbortSignal): Promise<ChatOutcome> {
    const outcome = await this.#calls.complete(request, signal);
    return outcome.kind === 'reply' && !request.reference ? this.#judgePrompt(outcome, request, signal) : outcome;
  }

  async check(signal: AbortSignal): Promise<ChatFailure | null> {
    try {
      const url = this.#address.at('api/tags');
      const response = await this.#transport.send(url, {maxBytes: MAX_LIST_BYTES, signal});
      const answer = readAnswer(response, this.#context(signal));
      if (answer.kind === 'failure') return this.#nameError(answer);
      const names = toArray(field(answer.value, 'models')).flatMap(model => textOrNull(field(model, 'name')) ?? []);
      if (names.some(name => name === this.#name || name === `${this.#name}:latest`)) return null;
      return this.#missingModelFailure(names, signal);
    } catch (error) {
      const failure = this.#nameError(transportFailure(error, this.#context(signal)));
      if (failure.reason !== 'unreachable') return failure;
      return reword(failure, `${failure.error.message}. Is Ollama running? Start it with: ollama serve`);
    }
  }

  close(): Promise<void> {
    return this.#transport.close();
  }

  /**
   * Finds out whether the model saw its whole prompt: versions that do not know `truncate: false` cut it in the middle
   * without a word.
   */
  async #judgePrompt(
    reply: ChatReply,
    {system, user, requestId}: ChatRequest,
    signal: AbortSignal,
  ): Promise<ChatReply> {
    this.#numCtx ??= this.#lookUpContext(requestId, signal);
    const numCtx = await this.#numCtx;
    const characters = system.length + user.length;
    const {promptTokens, responseTokens} = reply;
    if (!isPromptCut({promptTokens, responseTokens, characters, numCtx})) return reply;
    if (!this.#toldOfCuts) {
      this.#toldOfCuts = true;
      const size = numCtx === undefined ? '' : ` of num_ctx ${numCtx}`;
      this.#onNotice(
        `Ollama cut the prompt: ${promptTokens} tokens${size} were left of ${characters} characters. Such replies do not count: the model never saw the whole question. ` +
          'Raise ollama_config.num_ctx, or shorten the discussion (max_rounds, routing_strategy)',
        'warning',
      );
    }
    return {...reply, ending: 'prompt-truncated'};
  }

  /** The smaller of what was asked for and what Ollama says that the model has. */
  async #lookUpContext(requestId: string, signal: AbortSignal): Promise<number | undefined> {
    const asked = this.#model.ollama_config?.num_ctx;
    try {
      const headers = requestIdHeader(requestId);
      const response = await this.#transport.send(this.#address.at('api/ps'), {
        headers,
        timeoutMs: LOOKUP_TIMEOUT_MS,
        signal,
      });
      const loaded = response.ok ? loadedContext(JSON.parse(response.body), this.#name) : undefined;
      return loaded === undefined ? asked : Math.min(loaded, asked ?? loaded);
    } catch {
      return asked; // older versions, or something between us and them
    }
  }

  /** Names an error as records of this backend do, and says what helps. */
  #nameError(failure: ChatFailure): ChatFailure {
    const {details, message} = failure.error;
    const status = details['status_code'];
    if (typeof status !== 'number') {
      const isOnTheWay = failure.reason !== 'nonsense';
      return isOnTheWay ? withErrorCode(failure, 'OllamaConnectionError', 'OLLAMA_CONNECTION_ERROR') : failure;
    }
    const said = withErrorCode(failure, 'OllamaAPIError', 'OLLAMA_API_ERROR');
    if (status === 404 && !/page not found/i.test(message)) {
      return reword(said, this.#describeMissingModel([]));
    }
    if (status === 404) return {...said, hint: `${this.#where} has no such path: is Ollama there, and not too old?`};
    if (!/does not support thinking/i.test(message)) return said;
    const hint = 'leave out enable_thinking of the agents and ollama_config.think, or set them to false';
    return {...said, hint};
  }

  #missingModelFailure(names: readonly string[], signal: AbortSignal): ChatFailure {
    const failure = statusFailure({status: 404, body: '', header: () => null}, this.#context(signal));
    return reword(withErrorCode(failure, 'OllamaAPIError', 'OLLAMA_API_ERROR'), this.#describeMissingModel(names));
  }

  #describeMissingModel(names: readonly string[]): string {
    const has = names.length > 0 ? `; it has: ${names.join(', ')}` : '';
    return `Ollama at ${this.#where} has no model ${this.#name}${has}. Get it with: ollama pull ${this.#name}`;
  }

  #context(signal: AbortSignal): CallContext {
    return {model: this.#name, url: this.#where, secrets: [], signal, nowMs: this.#clock.now()};
  }
}

function withErrorCode(failure: ChatFailure, error_class: string, error_code: string): ChatFailure {
  return {...failure, error: {...failure.error, error_class, error_code}};
}

function reword(failure: ChatFailure, message: string): ChatFailure {
  return {...failure, error: {...failure.error, message}};
}

/** A name and password in `OLLAMA_HOST` go into a header, and into no message. */
function withoutPassword(address: string): {readonly url: string; readonly authorization?: string} {
  const url = new URL(address);
  if (url.username === '' && url.password === '') return {url: address};
  const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  url.username = url.password = '';
  return {url: url.href, authorization: `Basic ${Buffer.from(pair).toString('base64')}`};
}

/**
 * Returns a `Post` through the `ollama` package over our pool: `/api/chat`, or `/api/generate` for requests of the
 * older system's kind.
 */
function ollamaPost(transport: Transport, {base}: ApiAddress, headers: Readonly<Record<string, string>>): Post {
  return (request, body, signal) => {
    const exchange: Exchange = {signal};
    // The package takes headers for a client, not for a call.
    const client = new Ollama({
      host: base,
      headers: {...headers, ...requestIdHeader(request.requestId), 'user-agent': 'mac'},
      fetch: (url, init = {}) => fetchFor(exchange, transport, url, init),
    });
    const call = request.reference
      ? client.generate(body as unknown as GenerateRequest & {stream: false})
      : client.chat(body as unknown as ChatBody & {stream: false});
    return awaitAnswer(exchange, call);
  };
}
