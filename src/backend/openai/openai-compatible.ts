import type {Clock} from '../../core/clock.ts';
import {apiAddress, keyHeaders, type ApiAddress} from '../http/api-address.ts';
import type {ApiKey} from '../http/api-key.ts';
import type {Backend, BackendOptions, ChatFailure, ChatOutcome, ChatRequest, ServerLoad} from '../backend.ts';
import {readCompletion} from '../reply/completion.ts';
import {statusFailure, transportFailure, type CallContext} from '../failure/failure.ts';
import type {HttpResponse} from '../http/http-response.ts';
import type {ModelDefinition} from '../../core/task-config.ts';
import type {BodyBuilder} from '../request/shape-request.ts';
import {ModelCalls} from '../request/model-calls.ts';
import {nameModels, parseModelList} from '../server/model-list.ts';
import {openAiPost} from './openai-post.ts';
import {describeProxy, proxyFor} from '../http/proxy.ts';
import {toStatusFailure} from '../reply/read-answer.ts';
import {createTransport, MAX_LIST_BYTES, type Transport} from '../http/transport.ts';

/** The ways of one kind of OpenAI-compatible server. */
export interface OpenAiDialect {
  readonly model: ModelDefinition;
  /** As the server knows it. */
  readonly name: string;
  readonly baseUrl: string;
  readonly apiKey: ApiKey;
  readonly timeoutMs: number;
  /** Command that starts such a server. */
  readonly startHint?: string;
  /** Servers of one's own list exactly what they serve; hosted ones list aliases incompletely. */
  readonly listsAll?: boolean;
  /** The path, beside `/v1`, that answers 503 once the engine is dead. */
  readonly healthPath?: string;
  /** Reads the server's load from its `/metrics`. @param maxModelLen as the server lists it. */
  readonly load?: (metrics: string, maxModelLen: number | undefined) => ServerLoad | null;
  /** Names an error as records of this backend do. */
  readonly nameError?: (failure: ChatFailure, request: ChatRequest) => ChatFailure;
}

/** A question about the server's state is either answered soon or not at all. */
const CHECK_MS = 15_000;
const LOAD_MS = 5_000;

/** Answers by which a server says that there are no metrics for us, llama.cpp's 501 without `--metrics` among them. */
const NO_METRICS: ReadonlySet<number> = new Set([401, 403, 404, 405, 501]);

/** A chat-completions server, over our own transport and without repeating calls: that is the executor's. */
export class OpenAiCompatibleBackend implements Backend {
  readonly kind: string;
  readonly #dialect: OpenAiDialect;
  readonly #address: ApiAddress;
  readonly #headers: Readonly<Record<string, string>>;
  /** The address as messages name it. */
  readonly #where: string;
  readonly #transport: Transport;
  readonly #calls: ModelCalls;
  readonly #clock: Clock;
  #maxModelLen: number | undefined;
  /** A health check in flight; calls that fail together share it. */
  #pendingHealthCheck: Promise<ChatFailure | null> | null = null;
  /** The server said that it has no metrics. */
  #hasNoMetrics = false;

  /** @throws UserError `proxy-invalid` */
  constructor(
    dialect: OpenAiDialect,
    {clock, connections, env, onNotice = () => undefined}: BackendOptions,
    build: BodyBuilder,
  ) {
    const {baseUrl, apiKey, model, nameError} = dialect;
    const proxy = proxyFor(baseUrl, env);
    this.kind = model.backend;
    this.#dialect = dialect;
    this.#clock = clock;
    this.#address = apiAddress(baseUrl);
    this.#where = proxy ? `${this.#address.base} (${describeProxy(proxy)})` : this.#address.base;
    this.#headers = keyHeaders(baseUrl, apiKey.value);
    this.#transport = createTransport({connections, timeoutMs: dialect.timeoutMs, proxy});
    this.#calls = new ModelCalls({
      model,
      build,
      clock,
      post: openAiPost(this.#transport, this.#address, this.#headers),
      context: signal => this.#context(signal),
      read: readCompletion,
      examine: (failure, signal) => this.#examine(failure, signal),
      ...(nameError ? {nameError} : {}),
      onNotice,
    });
  }

  async complete(request: ChatRequest, signal: AbortSignal): Promise<ChatOutcome> {
    const outcome = await this.#calls.complete(request, signal);
    if (outcome.kind === 'reply') return outcome;
    return outcome.reason === 'model-missing' ? {...outcome, hint: await this.#describeServedModels(signal)} : outcome;
  }

  async check(signal: AbortSignal): Promise<ChatFailure | null> {
    const {healthPath} = this.#dialect;
    const call = this.#context(signal);
    try {
      if (healthPath !== undefined) {
        const failure = await this.#checkHealth(healthPath, signal);
        if (failure) return failure;
      }
      const response = await this.#get(this.#address.at('models'), signal, CHECK_MS);
      return this.#checkList(response, call);
    } catch (error) {
      const failure = transportFailure(error, call);
      // A list that cannot be read tells nothing of the model; where lists are incomplete anyway, the first request
      // will.
      if (failure.reason === 'nonsense' && this.#dialect.listsAll !== true) return null;
      return failure.reason === 'unreachable' ? this.#addConnectionHint(failure) : failure;
    }
  }

  /** Asks for the server's health: 503 means an engine that died, or a model that is still being loaded. */
  async #checkHealth(path: string, signal: AbortSignal): Promise<ChatFailure | null> {
    const response = await this.#get(this.#address.beside(path), signal, CHECK_MS);
    if (response.status !== 503) return null;
    const call = this.#context(signal);
    const failure = toStatusFailure(response, call);
    return failure.reason === 'loading' ? failure : engineDead(call);
  }

  /** Looks at the server's health where a 500 does not say whether its engine died. */
  async #examine(failure: ChatFailure, signal: AbortSignal): Promise<ChatFailure> {
    const {healthPath} = this.#dialect;
    if (healthPath === undefined || failure.error.details['status_code'] !== 500) return failure;
    if (failure.reason !== 'overloaded') return failure;
    this.#pendingHealthCheck ??= this.#checkHealth(healthPath, signal)
      .catch(() => null) // the next call will find out
      .finally(() => (this.#pendingHealthCheck = null));
    const found = await this.#pendingHealthCheck;
    if (!found) return failure;
    return reword(
      {...failure, reason: found.reason, retryable: found.retryable},
      `${failure.error.message} (${found.error.message})`,
    );
  }

  #checkList(response: HttpResponse, call: CallContext): ChatFailure | null {
    const {name, listsAll = false} = this.#dialect;
    const {status} = response;
    // Some compatible servers have no list; the first request will tell.
    if (!listsAll && (status === 404 || status === 405)) return null;
    const failure = toStatusFailure(response, call);
    if (status === 404) return reword(failure, `${call.url} has no list of models (404). Does base_url end in /v1?`);
    if (!response.ok) return reword(failure, `${failure.error.message} (GET ${this.#address.base}/models)`);
    const listed = parseModelList(response.body);
    this.#maxModelLen = listed?.find(({id}) => id === name)?.maxModelLen;
    if (!listsAll || !listed || listed.some(({id}) => id === name)) return null;
    const missing = statusFailure({status: 404, body: '', header: () => null}, call);
    return reword(missing, `${call.url} does not serve ${name}; it serves: ${nameModels(listed.map(({id}) => id))}`);
  }

  async load(signal: AbortSignal): Promise<ServerLoad | null> {
    const {load} = this.#dialect;
    if (!load || this.#hasNoMetrics) return null;
    try {
      const response = await this.#get(this.#address.beside('metrics'), signal, LOAD_MS);
      this.#hasNoMetrics = NO_METRICS.has(response.status);
      return response.ok ? load(response.body, this.#maxModelLen) : null;
    } catch {
      return null; // a missed look at the load is no failure of the work
    }
  }

  close(): Promise<void> {
    return this.#transport.close();
  }

  /** Explains a 404, which can mean the model or the address: the list tells which. */
  async #describeServedModels(signal: AbortSignal): Promise<string> {
    try {
      const response = await this.#get(this.#address.at('models'), signal, CHECK_MS);
      const listed = response.ok ? parseModelList(response.body) : null;
      if (listed) return `${this.#where} serves: ${nameModels(listed.map(({id}) => id))}`;
    } catch {
      // then only the address is left to be named
    }
    if (this.#where.includes('/openai/deployments/') && !this.#where.includes('api-version=')) {
      return `Is ${this.#where} right? Addresses of Azure end in a version, e.g. ?api-version=2024-10-21.`;
    }
    return `Is ${this.#where} right? The base_url of an OpenAI-compatible server usually ends in /v1.`;
  }

  #get(url: string, signal: AbortSignal, timeoutMs: number): Promise<HttpResponse> {
    return this.#transport.send(url, {
      headers: {accept: 'application/json, text/plain', ...this.#headers},
      timeoutMs: Math.min(timeoutMs, this.#dialect.timeoutMs),
      maxBytes: MAX_LIST_BYTES,
      signal,
    });
  }

  #addConnectionHint(failure: ChatFailure): ChatFailure {
    const {startHint} = this.#dialect;
    const what =
      startHint === undefined ? 'Is api_config.base_url right?' : `Is it running? Start it with: ${startHint}`;
    return reword(failure, `${failure.error.message}. ${what}`);
  }

  #context(signal: AbortSignal): CallContext {
    const {name, apiKey} = this.#dialect;
    const {secrets, hint} = apiKey;
    return {model: name, url: this.#where, secrets, keyHint: hint, signal, nowMs: this.#clock.now()};
  }
}

function engineDead(context: CallContext): ChatFailure {
  const failure = statusFailure(
    {status: 503, body: 'the engine is dead (/health answers 503)', header: () => null},
    context,
  );
  return reword(failure, `${context.url}: the engine is dead (/health answers 503). Restart the server.`);
}

function reword(failure: ChatFailure, message: string): ChatFailure {
  return {...failure, error: {...failure.error, message}};
}
