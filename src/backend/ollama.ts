import {Ollama} from 'ollama';

import type {Clock} from '../core/clock.ts';
import {UserError} from '../core/errors.ts';
import type {OllamaModel} from '../core/task-config.ts';
import type {Backend, ChatFailure, ChatOutcome, ChatRequest} from './backend.ts';
import {nonsense, statusFailure, transportFailure, type CallContext} from './failure.ts';
import {arrayOf, count, field, textOrNull} from './fields.ts';
import {completionPrompt} from './messages.ts';
import {requestIdHeader} from './request-id.ts';
import {createTransport, withSignal, type Transport} from './transport.ts';

const DEFAULT_URL = 'http://localhost:11434';
const DEFAULT_TIMEOUT_S = 120;

/** The body of `/api/generate`: the older system's, with `num_ctx` and `keep_alive`, which it forgot to send. */
export function ollamaBody(model: OllamaModel, request: ChatRequest) {
  const {sampling, answerSchema} = request;
  const {num_ctx, keep_alive} = model.ollama_config ?? {};
  return {
    model: model.model_name ?? model.model_path ?? '',
    prompt: completionPrompt(request),
    stream: false as const,
    options: {
      temperature: sampling.temperature,
      num_predict: sampling.max_tokens,
      ...(sampling.top_p === undefined ? {} : {top_p: sampling.top_p}),
      ...(sampling.top_k === undefined ? {} : {top_k: sampling.top_k}),
      ...(sampling.min_p === undefined ? {} : {min_p: sampling.min_p}),
      ...(sampling.presence_penalty === undefined ? {} : {presence_penalty: sampling.presence_penalty}),
      ...(sampling.seed === undefined ? {} : {seed: sampling.seed}),
      ...(num_ctx === undefined ? {} : {num_ctx}),
    },
    format: answerSchema ?? 'json',
    ...(keep_alive === undefined ? {} : {keep_alive}),
    ...(sampling.enable_thinking === undefined ? {} : {think: sampling.enable_thinking}),
  };
}

/** A model served by Ollama, through the `ollama` package over our own transport. */
export class OllamaBackend implements Backend {
  readonly kind = 'ollama';
  readonly #model: OllamaModel;
  readonly #name: string;
  readonly #url: string;
  readonly #transport: Transport;
  readonly #clock: Clock;

  /** @throws UserError `config-invalid`. */
  constructor(model: OllamaModel, {clock, connections}: {clock: Clock; connections: number}) {
    const name = model.model_name ?? model.model_path;
    if (!name) throw new UserError('config-invalid', "an ollama model needs model_name, e.g. 'llama3.2:3b'");
    this.#model = model;
    this.#name = name;
    this.#url = model.ollama_api_url ?? DEFAULT_URL;
    this.#clock = clock;
    this.#transport = createTransport({connections, timeoutMs: (model.timeout_seconds ?? DEFAULT_TIMEOUT_S) * 1000});
  }

  async complete(request: ChatRequest, signal: AbortSignal): Promise<ChatOutcome> {
    const body = ollamaBody(this.#model, request);
    const startMs = this.#clock.monotonic();
    try {
      const reply: unknown = await this.#client(signal, request.requestId).generate(
        body as Parameters<Ollama['generate']>[0] & {stream: false},
      );
      const text = field(reply, 'response');
      if (typeof text !== 'string') return nonsense('the answer holds no response', this.#context(signal));
      const generated = count(field(reply, 'eval_count'));
      return {
        kind: 'reply',
        text,
        finishReason: textOrNull(field(reply, 'done_reason')),
        ending: generated >= request.sampling.max_tokens ? 'max-tokens' : 'complete',
        promptTokens: count(field(reply, 'prompt_eval_count')),
        responseTokens: generated,
        latencyMs: this.#clock.monotonic() - startMs,
        servedModel: textOrNull(field(reply, 'model')),
        sent: {...body.options, format: answerFormat(body.format)},
      };
    } catch (error) {
      return this.#describe(error, signal);
    }
  }

  async check(signal: AbortSignal): Promise<ChatFailure | null> {
    try {
      const listed: unknown = await this.#client(signal).list();
      const names = arrayOf(field(listed, 'models')).flatMap(model => textOrNull(field(model, 'name')) ?? []);
      if (names.some(name => name === this.#name || name === `${this.#name}:latest`)) return null;
      return this.#missing(names, signal);
    } catch (error) {
      const failure = this.#describe(error, signal);
      if (failure.reason !== 'unreachable') return failure;
      return {
        ...failure,
        error: {...failure.error, message: `${failure.error.message}. Is Ollama running? Start it with: ollama serve`},
      };
    }
  }

  close(): Promise<void> {
    return this.#transport.close();
  }

  #client(signal: AbortSignal, requestId?: string): Ollama {
    return new Ollama({
      host: this.#url,
      fetch: (input, init) => this.#transport.fetch(input, {...init, ...withSignal(signal)}),
      ...(requestId === undefined ? {} : {headers: requestIdHeader(requestId)}),
    });
  }

  #describe(error: unknown, signal: AbortSignal): ChatFailure {
    const status = (error as {status_code?: unknown} | null)?.status_code;
    const text = error instanceof Error ? error.message : String(error);
    if (typeof status !== 'number') {
      const failure = transportFailure(error, this.#context(signal));
      return {
        ...failure,
        error: {...failure.error, error_class: 'OllamaConnectionError', error_code: 'OLLAMA_CONNECTION_ERROR'},
      };
    }
    if (status === 404) return this.#missing([], signal);
    const failure = statusFailure(
      {status, body: JSON.stringify({error: text}), header: () => null},
      this.#context(signal),
    );
    return {...failure, error: {...failure.error, error_class: 'OllamaAPIError', error_code: 'OLLAMA_API_ERROR'}};
  }

  #missing(names: readonly string[], signal: AbortSignal): ChatFailure {
    const failure = statusFailure({status: 404, body: '', header: () => null}, this.#context(signal));
    const has = names.length > 0 ? `; it has: ${names.join(', ')}` : '';
    const message = `Ollama at ${this.#url} has no model ${this.#name}${has}. Get it with: ollama pull ${this.#name}`;
    return {
      ...failure,
      error: {...failure.error, error_class: 'OllamaAPIError', error_code: 'OLLAMA_API_ERROR', message},
    };
  }

  #context(signal: AbortSignal): CallContext {
    return {model: this.#name, url: this.#url, secrets: [], signal, nowMs: this.#clock.now()};
  }
}

function answerFormat(format: unknown): unknown {
  return typeof format === 'string' ? format : 'json_schema';
}
