import {createServer, type IncomingMessage, type ServerResponse} from 'node:http';
import {once} from 'node:events';
import type {AddressInfo} from 'node:net';

import type {SimulatedConfig} from './simulated-schema.ts';
import type {Clock} from '../../core/clock.ts';
import {countTokens, parseRequestId, simulateReply, type SimulatedReply} from './simulated-model.ts';
import {extractQuestion} from './simulated-prompt.ts';
import {readCompletionRequest, renderCompletion, renderMetrics, type CompletionRequest} from './simulated-wire.ts';

export interface SimulatedServerOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Sequences that run at once; the rest waits in line, as in vLLM. */
  readonly slots: number;
  readonly models: readonly string[];
  readonly config: SimulatedConfig;
  /** Right and stereotyped answers by `questionText`. */
  readonly knowledge: ReadonlyMap<string, Knowledge>;
  readonly clock: Clock;
  /** Breaks the engine, for those who want to see what happens then. */
  readonly fault?: EngineFault | undefined;
}

/**
 * After so many answers the engine dies (its process is killed), or hangs: requests are taken and never answered, while
 * /health stays good.
 */
export interface EngineFault {
  readonly kind: 'die' | 'hang';
  readonly afterAnswers: number;
}

export interface Knowledge {
  readonly correctText: string | null;
  readonly stereotypedText: string | null;
}

export interface SimulatedServer {
  /** `http://127.0.0.1:8000/v1` */
  readonly url: string;
  /** Cuts the connections that are open. */
  readonly close: () => Promise<void>;
}

/** Prompt and reply together, in tokens. */
const MAX_MODEL_LEN = 32_768;
const MAX_BODY_BYTES = 8 * 1024 * 1024;
const NOTHING_KNOWN: Knowledge = {correctText: null, stereotypedText: null};

/**
 * The simulated model as an OpenAI-compatible HTTP server, with vLLM's endpoints, metrics and queue: what does not fit
 * into its slots waits without bound. A client that hangs up frees its place. Does not stream.
 */
export async function startSimulatedServer(options: SimulatedServerOptions): Promise<SimulatedServer> {
  const model = new ServedModel(options);
  const server = createServer((request, response) => {
    answer(model, request, response);
  });
  // Clients keep connections open between bursts; the default of 5 s would reset some of them at the wrong moment.
  server.keepAliveTimeout = 120_000;
  // Also rejects with the server's error, such as a port that is taken.
  await once(server.listen(options.port, options.host, 4096), 'listening');
  // A connection that cannot be accepted, for want of file descriptors, must not end the server.
  server.on('error', () => undefined);
  const {port} = server.address() as AddressInfo;
  return {
    url: `http://${options.host.includes(':') ? `[${options.host}]` : options.host}:${port}/v1`,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function answer(model: ServedModel, request: IncomingMessage, response: ServerResponse): void {
  const path = request.url?.split('?')[0];
  if (request.method === 'POST' && path === '/v1/chat/completions') {
    const requestId = String(request.headers['x-request-id'] ?? '');
    readText(request, text => model.complete(text, requestId, response));
  } else if (path === '/v1/models') {
    send(response, 200, model.list());
  } else if (path === '/health') {
    send(response, 200, '');
  } else if (path === '/metrics') {
    response.setHeader('content-type', 'text/plain; version=0.0.4');
    response.end(model.metrics());
  } else {
    sendError(response, 404, 'NotFoundError', 'Not Found');
  }
}

/** A request that can be answered, with its answer. */
interface Call {
  readonly model: string;
  readonly requestId: string;
  readonly reply: SimulatedReply;
  readonly response: ServerResponse;
  timer?: NodeJS.Timeout;
}

/** The model behind the endpoints: slots, the line before them, first come, first served as in vLLM, and counters. */
class ServedModel {
  readonly #options: SimulatedServerOptions;
  readonly #running = new Set<Call>();
  readonly #line: Call[] = [];
  readonly #counters = {tokensInCache: 0, promptTokens: 0, responseTokens: 0, finished: 0, serviceMs: 0};

  constructor(options: SimulatedServerOptions) {
    this.#options = options;
  }

  list(): string {
    const data = this.#options.models.map(id => ({
      id,
      object: 'model',
      owned_by: 'simulated',
      max_model_len: MAX_MODEL_LEN,
    }));
    return JSON.stringify({object: 'list', data});
  }

  metrics(): string {
    const {models, slots} = this.#options;
    return renderMetrics(
      {...this.#counters, running: this.#running.size, waiting: this.#line.length},
      {model: models[0] ?? '', slots, maxModelLen: MAX_MODEL_LEN},
    );
  }

  /** Answers now or when a slot has been free for long enough. */
  complete(body: string, requestId: string, response: ServerResponse): void {
    const request = readCompletionRequest(body);
    if (typeof request === 'string') {
      sendError(response, 400, 'BadRequestError', request);
      return;
    }
    const {model} = request;
    if (!this.#options.models.includes(model)) {
      sendError(response, 404, 'NotFoundError', `The model \`${model}\` does not exist.`);
      return;
    }
    const promptTokens = countTokens(request.system) + countTokens(request.user);
    const maxTokens = request.maxTokens ?? MAX_MODEL_LEN - promptTokens;
    if (promptTokens + maxTokens > MAX_MODEL_LEN || maxTokens < 1) {
      sendError(response, 400, 'BadRequestError', tooLong(promptTokens, maxTokens));
      return;
    }
    const call = {model, requestId, reply: this.#reply(request, requestId, maxTokens), response};
    // Closed before it was answered: the client hung up.
    response.once('close', () => response.writableEnded || this.#leave(call));
    this.#line.push(call);
    this.#startNext();
  }

  #reply(request: CompletionRequest, requestId: string, maxTokens: number): SimulatedReply {
    const {system, user, seed, isShapeEnforced} = request;
    const {knowledge, config} = this.#options;
    const known = knowledge.size > 0 ? knowledge.get(extractQuestion(user)) : undefined;
    return simulateReply(config, {
      system,
      user,
      maxTokens,
      seed,
      ...parseRequestId(requestId),
      isShapeEnforced,
      ...(known ?? NOTHING_KNOWN),
    });
  }

  #startNext(): void {
    while (this.#running.size < this.#options.slots) {
      const call = this.#line.shift();
      if (!call) return;
      this.#start(call);
    }
  }

  #start(call: Call): void {
    const {latencyMs} = call.reply;
    this.#running.add(call);
    this.#counters.tokensInCache += countCachedTokens(call);
    const finish = (): void => {
      if (!this.#running.has(call) || this.#isBroken()) return;
      this.#leave(call);
      this.#answer(call);
    };
    if (latencyMs < 1) setImmediate(finish);
    else call.timer = setTimeout(finish, latencyMs);
  }

  /** Gives back the slot of a call, or its place in the line. Idempotent. */
  #leave(call: Call): void {
    clearTimeout(call.timer);
    if (this.#running.delete(call)) {
      this.#counters.tokensInCache -= countCachedTokens(call);
      this.#startNext();
      return;
    }
    const at = this.#line.indexOf(call);
    if (at >= 0) this.#line.splice(at, 1);
  }

  /** Returns whether the engine answers no more. */
  #isBroken(): boolean {
    const {fault} = this.#options;
    if (!fault || this.#counters.finished < fault.afterAnswers) return false;
    if (fault.kind === 'die') process.kill(process.pid, 'SIGKILL');
    return true;
  }

  #answer({model, requestId, reply, response}: Call): void {
    this.#counters.finished++;
    this.#counters.serviceMs += reply.latencyMs;
    if (reply.kind === 'error') {
      sendError(response, 500, 'InternalServerError', 'simulated failure');
      return;
    }
    this.#counters.promptTokens += reply.promptTokens;
    this.#counters.responseTokens += reply.responseTokens;
    send(response, 200, renderCompletion(model, requestId, reply, this.#options.clock.now()));
  }
}

function countCachedTokens({reply}: Call): number {
  return reply.kind === 'reply' ? reply.promptTokens + reply.responseTokens : 0;
}

function tooLong(promptTokens: number, maxTokens: number): string {
  return `This model's maximum context length is ${MAX_MODEL_LEN} tokens. However, you requested ${promptTokens + maxTokens} tokens (${promptTokens} in the messages, ${maxTokens} in the completion).`;
}

/** A client that is cut off while it sends, or sends too much, gets no answer: there is nobody to answer. */
function readText(request: IncomingMessage, onText: (text: string) => void): void {
  const chunks: Buffer[] = [];
  let size = 0;
  request.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) request.destroy();
    else chunks.push(chunk);
  });
  request.on('end', () => onText(Buffer.concat(chunks).toString('utf8')));
  request.on('error', () => undefined);
}

function send(response: ServerResponse, status: number, text: string): void {
  if (response.destroyed) return;
  response.writeHead(status, {'content-type': 'application/json', 'content-length': Buffer.byteLength(text)});
  response.end(text);
}

/** Sends an error as OpenAI and vLLM write it. */
function sendError(response: ServerResponse, status: number, type: string, message: string): void {
  send(response, status, JSON.stringify({error: {message, type, param: null, code: status}}));
}
