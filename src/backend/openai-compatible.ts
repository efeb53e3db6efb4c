import OpenAI from 'openai';

import type {Clock} from '../core/clock.ts';
import {UserError} from '../core/errors.ts';
import type {Backend, ChatFailure, ChatOutcome, ChatRequest, ServerLoad} from './backend.ts';
import {nonsense, statusFailure, transportFailure, type CallContext} from './failure.ts';
import {createTransport, type Transport} from './transport.ts';

/** How one kind of OpenAI-compatible server is spoken to. */
export interface OpenAiDialect {
  readonly kind: 'openai' | 'vllm';
  readonly model: string;
  readonly baseUrl: string | undefined;
  readonly apiKey: string;
  readonly timeoutMs: number;
  readonly connections: number;
  /** The request's body. @param systemRole false once the model refused a system message. */
  readonly body: (request: ChatRequest, systemRole: boolean) => Record<string, unknown>;
  /** Of the body, the sampling options, for the record. */
  readonly sampling: readonly string[];
  readonly load?: (text: string) => ServerLoad | null;
  /** Names a server's error as records of this backend do. */
  readonly nameError?: (failure: ChatFailure, request: ChatRequest) => ChatFailure;
}

interface Completion {
  readonly model?: string;
  readonly choices?: readonly {
    readonly message?: {readonly content?: string | null};
    readonly finish_reason?: string | null;
  }[];
  readonly usage?: {
    readonly prompt_tokens?: number;
    readonly completion_tokens?: number;
    readonly completion_tokens_details?: {readonly reasoning_tokens?: number};
  } | null;
}

/** A chat-completions server, through the `openai` package with our own transport and without its retries: those are the executor's. */
export class OpenAiCompatibleBackend implements Backend {
  readonly kind: string;
  readonly #dialect: OpenAiDialect;
  readonly #transport: Transport;
  readonly #client: OpenAI;
  readonly #clock: Clock;
  /** Some chat templates know no system role; once one said so, its text goes into the user message for good. */
  #systemRole = true;

  constructor(dialect: OpenAiDialect, clock: Clock) {
    this.kind = dialect.kind;
    this.#dialect = dialect;
    this.#clock = clock;
    this.#transport = createTransport({connections: dialect.connections, timeoutMs: dialect.timeoutMs});
    this.#client = new OpenAI({
      apiKey: dialect.apiKey,
      baseURL: dialect.baseUrl ?? null,
      maxRetries: 0,
      timeout: dialect.timeoutMs,
      fetch: this.#transport.fetch,
      logLevel: 'off',
      organization: null,
      project: null,
    });
  }

  async complete(request: ChatRequest, signal: AbortSignal): Promise<ChatOutcome> {
    const outcome = await this.#call(request, signal);
    if (outcome.kind === 'failure' && this.#systemRole && /system role not supported/i.test(outcome.error.message)) {
      this.#systemRole = false;
      return this.#call(request, signal);
    }
    return outcome;
  }

  async #call(request: ChatRequest, signal: AbortSignal): Promise<ChatOutcome> {
    this.#transport.follow(signal);
    const body = this.#dialect.body(request, this.#systemRole);
    const startMs = this.#clock.monotonic();
    const context = this.#context(signal);
    try {
      const completion = (await this.#client.chat.completions.create(
        body as unknown as OpenAI.ChatCompletionCreateParamsNonStreaming,
        {headers: {'x-request-id': request.requestId}},
      )) as Completion | string;
      return this.#read(
        typeof completion === 'string' ? parseUnlabelled(completion) : completion,
        body,
        this.#clock.monotonic() - startMs,
        context,
      );
    } catch (error) {
      const failure = describeThrown(error, context);
      return this.#dialect.nameError?.(failure, request) ?? failure;
    }
  }

  #read(completion: Completion, body: Record<string, unknown>, latencyMs: number, context: CallContext): ChatOutcome {
    const choice = (completion as Completion | null | undefined)?.choices?.[0];
    if (!choice?.message) return nonsense('the answer holds no message', context);
    const {usage} = completion;
    const finishReason = choice.finish_reason ?? null;
    const reasoning = usage?.completion_tokens_details?.reasoning_tokens;
    return {
      kind: 'reply',
      // A model that only thought, or refused, says nothing: that is for the conversation to judge.
      text: choice.message.content ?? '',
      finishReason,
      truncated: finishReason === 'length',
      promptTokens: usage?.prompt_tokens ?? 0,
      responseTokens: usage?.completion_tokens ?? 0,
      ...(reasoning === undefined ? {} : {reasoningTokens: reasoning}),
      latencyMs,
      servedModel: completion.model ?? null,
      sent: Object.fromEntries(this.#dialect.sampling.filter(name => name in body).map(name => [name, body[name]])),
    };
  }

  async check(signal: AbortSignal): Promise<ChatFailure | null> {
    const context = this.#context(signal);
    this.#transport.follow(signal);
    try {
      const response = await this.#transport.fetch(`${this.#client.baseURL}/models`, {
        headers: {authorization: `Bearer ${this.#dialect.apiKey}`},
      });
      const text = await response.text();
      if (response.status === 404 || response.status === 405) return null; // a server without a list: the first request will tell
      if (!response.ok) return statusFailure(response.status, text, name => response.headers.get(name), context);
      return this.#checkListed(text, context);
    } catch (error) {
      return transportFailure(error, context);
    }
  }

  #checkListed(text: string, context: CallContext): ChatFailure | null {
    const listed = listedModels(text);
    // Hosted providers list aliases incompletely; a server of our own lists exactly what it serves.
    if (!listed || listed.includes(context.model) || this.#dialect.kind !== 'vllm') return null;
    const failure = statusFailure(404, '', () => null, context);
    const message = `${context.url} does not serve ${context.model}; it serves: ${listed.join(', ') || 'nothing'}`;
    return {...failure, error: {...failure.error, message}};
  }

  async load(signal: AbortSignal): Promise<ServerLoad | null> {
    const {load} = this.#dialect;
    if (!load) return null;
    this.#transport.follow(signal);
    try {
      const response = await this.#transport.fetch(new URL('/metrics', this.#client.baseURL));
      return response.ok ? load(await response.text()) : null;
    } catch {
      return null; // a missed look at the load is no failure of the work
    }
  }

  close(): Promise<void> {
    return this.#transport.close();
  }

  #context(signal: AbortSignal): CallContext {
    return {model: this.#dialect.model, url: this.#client.baseURL, secrets: [this.#dialect.apiKey], signal};
  }
}

function describeThrown(error: unknown, context: CallContext): ChatFailure {
  if (error instanceof OpenAI.APIError && typeof error.status === 'number') {
    const {status, headers} = error as {status: number; headers?: Headers};
    const inner: unknown = error.error;
    const body = inner === undefined ? error.message.replace(/^\d+ /, '') : JSON.stringify({error: inner});
    return statusFailure(status, body, name => headers?.get(name) ?? null, context);
  }
  return transportFailure(error, context);
}

/** A server that forgets to say that its answer is JSON: the package then hands it over as text. */
function parseUnlabelled(text: string): Completion {
  const value: unknown = JSON.parse(text);
  return value !== null && typeof value === 'object' ? value : {};
}

function listedModels(text: string): string[] | null {
  try {
    const {data} = JSON.parse(text) as {data?: {id?: unknown}[]};
    return Array.isArray(data) ? data.map(({id}) => String(id)) : null;
  } catch {
    return null;
  }
}

/**
 * The key from the variable that the config names.
 *
 * @throws UserError `api-key-missing`, unless the server is the user's own (`base_url`), which may want none.
 */
export function readApiKey(
  variable: string,
  baseUrl: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): string {
  const key = env[variable];
  if (key) return key;
  if (baseUrl !== undefined) return 'EMPTY';
  throw new UserError('api-key-missing', `Environment variable '${variable}' is not set`, {
    hint: `export your API key, e.g. export ${variable}=…; or name a server of your own in api_config.base_url`,
  });
}
