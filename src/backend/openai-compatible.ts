import OpenAI from 'openai';

import type {Clock} from '../core/clock.ts';
import type {ApiKey} from './api-key.ts';
import type {Backend, ChatFailure, ChatOutcome, ChatRequest, ServerLoad} from './backend.ts';
import {readCompletion} from './completion.ts';
import {statusFailure, transportFailure, type CallContext} from './failure.ts';
import {LeanOpenAi} from './lean-openai.ts';
import type {LeanResponse} from './lean-response.ts';
import {nameModels, parseModelList} from './model-list.ts';
import {sentFields, type BodyBuilder} from './request-body.ts';
import {requestIdHeader} from './request-id.ts';
import {createTransport, withSignal, type Transport} from './transport.ts';

/** How one kind of OpenAI-compatible server is spoken to. */
export interface OpenAiDialect {
  readonly kind: 'openai' | 'vllm';
  readonly model: string;
  readonly baseUrl: string | undefined;
  readonly apiKey: ApiKey;
  readonly timeoutMs: number;
  readonly connections: number;
  readonly body: BodyBuilder;
  /** How to start a server of one's own. */
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

/** What chat templates without a system role say: Gemma's, and two generations of Mistral's. Nothing else in our messages could be meant. */
const NO_SYSTEM_ROLE =
  /system role not supported|only user and assistant roles are supported|conversation roles must alternate/i;

/** A chat-completions server, through the `openai` package with our own transport and without its retries: those are the executor's. */
export class OpenAiCompatibleBackend implements Backend {
  readonly kind: string;
  readonly #dialect: OpenAiDialect;
  readonly #transport: Transport;
  readonly #client: OpenAI;
  readonly #clock: Clock;
  /** Once a model's chat template refused a system role, its text goes into the user message for good. */
  #systemRole = true;
  #maxModelLen: number | undefined;

  constructor(dialect: OpenAiDialect, clock: Clock) {
    this.kind = dialect.kind;
    this.#dialect = dialect;
    this.#clock = clock;
    this.#transport = createTransport({connections: dialect.connections, timeoutMs: dialect.timeoutMs});
    this.#client = new LeanOpenAi({
      apiKey: dialect.apiKey.value,
      baseURL: dialect.baseUrl?.replace(/\/+$/, '') ?? null,
      maxRetries: 0,
      fetch: this.#transport.fetch,
      logLevel: 'off',
      organization: null,
      project: null,
    });
  }

  async complete(request: ChatRequest, signal: AbortSignal): Promise<ChatOutcome> {
    const systemRole = this.#systemRole;
    const outcome = await this.#call(request, signal, systemRole);
    // Several calls may learn of it at once; each is repeated, whoever was first.
    if (systemRole && outcome.kind === 'failure' && NO_SYSTEM_ROLE.test(outcome.error.message)) {
      this.#systemRole = false;
      return this.#call(request, signal, false);
    }
    if (outcome.kind === 'failure' && outcome.reason === 'model-missing') {
      return {...outcome, hint: await this.#whatItServes(signal)};
    }
    return outcome;
  }

  async #call(request: ChatRequest, signal: AbortSignal, systemRole: boolean): Promise<ChatOutcome> {
    const body = this.#dialect.body(request, systemRole);
    const startMs = this.#clock.monotonic();
    const call = this.#context(signal);
    let outcome: ChatOutcome;
    try {
      const completion: unknown = await this.#client.chat.completions.create(
        body as unknown as OpenAI.ChatCompletionCreateParamsNonStreaming,
        {headers: requestIdHeader(request.requestId), fetchOptions: withSignal(signal)},
      );
      outcome = readCompletion(parseUnlabelled(completion), {
        call,
        latencyMs: this.#clock.monotonic() - startMs,
        sent: sentFields(body),
      });
    } catch (error) {
      outcome = describeThrown(error, call);
    }
    return outcome.kind === 'failure' ? (this.#dialect.nameError?.(outcome, request) ?? outcome) : outcome;
  }

  async check(signal: AbortSignal): Promise<ChatFailure | null> {
    const {healthPath} = this.#dialect;
    const call = this.#context(signal);
    try {
      if (healthPath !== undefined) {
        const {status} = await this.#get(this.#besideV1(healthPath), signal, CHECK_MS);
        if (status === 503) return engineDead(call);
      }
      const response = await this.#get(`${this.#client.baseURL}/models`, signal, CHECK_MS);
      return await this.#checkList(response, call);
    } catch (error) {
      const failure = transportFailure(error, call);
      return failure.reason === 'unreachable' ? this.#withWhatToDo(failure) : failure;
    }
  }

  async #checkList(response: LeanResponse, call: CallContext): Promise<ChatFailure | null> {
    const {model, listsAll = false} = this.#dialect;
    const {status} = response;
    // Some compatible servers have no list; the first request will tell.
    if (!listsAll && (status === 404 || status === 405)) return null;
    const body = await response.text();
    const failure = statusFailure({status, body, header: name => response.headers.get(name)}, call);
    if (status === 404) return reword(failure, `${call.url} has no list of models (404). Does base_url end in /v1?`);
    if (!response.ok) return reword(failure, `${failure.error.message} (GET ${call.url}/models)`);
    const listed = parseModelList(body);
    this.#maxModelLen = listed?.find(({id}) => id === model)?.maxModelLen;
    if (!listsAll || !listed || listed.some(({id}) => id === model)) return null;
    const missing = statusFailure({status: 404, body: '', header: () => null}, call);
    return reword(missing, `${call.url} does not serve ${model}; it serves: ${nameModels(listed.map(({id}) => id))}`);
  }

  async load(signal: AbortSignal): Promise<ServerLoad | null> {
    const {load} = this.#dialect;
    if (!load) return null;
    try {
      const response = await this.#get(this.#besideV1('metrics'), signal, LOAD_MS);
      return response.ok ? load(await response.text(), this.#maxModelLen) : null;
    } catch {
      return null; // a missed look at the load is no failure of the work
    }
  }

  close(): Promise<void> {
    return this.#transport.close();
  }

  /** A 404 can mean the model or the address; the list tells which. */
  async #whatItServes(signal: AbortSignal): Promise<string> {
    const url = this.#client.baseURL;
    try {
      const response = await this.#get(`${url}/models`, signal, CHECK_MS);
      const listed = response.ok ? parseModelList(await response.text()) : null;
      if (listed) return `${url} serves: ${nameModels(listed.map(({id}) => id))}`;
    } catch {
      // then only the address is left to be named
    }
    return `Is ${url} right? The base_url of an OpenAI-compatible server usually ends in /v1.`;
  }

  #get(url: string, signal: AbortSignal, timeoutMs: number): Promise<LeanResponse> {
    return this.#transport.send(url, {
      headers: {authorization: `Bearer ${this.#dialect.apiKey.value}`},
      timeoutMs: Math.min(timeoutMs, this.#dialect.timeoutMs),
      signal,
    });
  }

  #besideV1(path: string): string {
    return `${this.#client.baseURL.replace(/\/v1$/, '')}/${path}`;
  }

  #withWhatToDo(failure: ChatFailure): ChatFailure {
    const {startHint} = this.#dialect;
    const what =
      startHint === undefined ? 'Is api_config.base_url right?' : `Is it running? Start it with: ${startHint}`;
    return reword(failure, `${failure.error.message}. ${what}`);
  }

  #context(signal: AbortSignal): CallContext {
    const {model, apiKey} = this.#dialect;
    const {secrets, hint} = apiKey;
    return {model, url: this.#client.baseURL, secrets, keyHint: hint, signal, nowMs: this.#clock.now()};
  }
}

function describeThrown(error: unknown, context: CallContext): ChatFailure {
  if (error instanceof OpenAI.APIError && typeof error.status === 'number') {
    const {status, headers} = error as {status: number; headers?: {get(name: string): string | null}};
    const inner: unknown = error.error;
    const body = inner === undefined ? error.message.replace(/^\d+ /, '') : JSON.stringify({error: inner});
    return statusFailure({status, body, header: name => headers?.get(name) ?? null}, context);
  }
  return transportFailure(error, context);
}

function engineDead(context: CallContext): ChatFailure {
  const failure = statusFailure(
    {status: 503, body: 'the engine is dead (/health answers 503)', header: () => null},
    context,
  );
  return reword(failure, `${context.url}: the engine is dead (/health answers 503). Start the server anew.`);
}

function reword(failure: ChatFailure, message: string): ChatFailure {
  return {...failure, error: {...failure.error, message}};
}

/** A server that forgets to say that its answer is JSON: the package then hands it over as text. */
function parseUnlabelled(completion: unknown): unknown {
  return typeof completion === 'string' ? JSON.parse(completion) : completion;
}
