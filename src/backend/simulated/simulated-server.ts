import {createServer, type IncomingMessage, type Server, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';

import type {SimulatedConfig} from './simulated-schema.ts';
import type {Clock} from '../../core/clock.ts';
import {countTokens, parseRequestId, simulateReply, type SimulatedReply} from './simulated-model.ts';
import {extractQuestion} from './simulated-prompt.ts';
import {SequenceQueue} from './sequence-queue.ts';
import {
  readCompletionRequest,
  renderCompletion,
  renderError,
  renderMetrics,
  type CompletionRequest,
} from './simulated-wire.ts';

export interface SimulatedServerOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Sequences that run at once; the rest waits in line, as in vLLM. */
  readonly slots: number;
  readonly models: readonly string[];
  readonly config: SimulatedConfig;
  /** What is known of a question, by `questionText`. */
  readonly knowledge: ReadonlyMap<string, Knowledge>;
  readonly clock: Clock;
  /** How the engine breaks, for those who want to see what happens then. */
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
  await listen(server, options);
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

/** The model behind the endpoints: slots, line, counters. */
class ServedModel {
  readonly #options: SimulatedServerOptions;
  readonly #queue: SequenceQueue;
  #tokensInCache = 0;
  #promptTokens = 0;
  #responseTokens = 0;
  #finished = 0;
  #serviceMs = 0;

  constructor(options: SimulatedServerOptions) {
    this.#options = options;
    this.#queue = new SequenceQueue(options.slots);
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
      {
        running: this.#queue.running,
        waiting: this.#queue.waiting,
        tokensInCache: this.#tokensInCache,
        promptTokens: this.#promptTokens,
        responseTokens: this.#responseTokens,
        finished: this.#finished,
        serviceMs: this.#serviceMs,
      },
      {model: models[0] ?? '', slots, maxModelLen: MAX_MODEL_LEN},
    );
  }

  /** Answers now or when a slot has been free for long enough. */
  complete(body: string, requestId: string, response: ServerResponse): void {
    const request = readCompletionRequest(body);
    if (typeof request === 'string') {
      sendError(response, 400, 'BadRequestError', request);
    } else if (!this.#options.models.includes(request.model)) {
      sendError(response, 404, 'NotFoundError', `The model \`${request.model}\` does not exist.`);
    } else {
      const promptTokens = countTokens(request.system) + countTokens(request.user);
      const maxTokens = request.maxTokens ?? MAX_MODEL_LEN - promptTokens;
      if (promptTokens + maxTokens > MAX_MODEL_LEN || maxTokens < 1) {
        sendError(response, 400, 'BadRequestError', tooLong(promptTokens, maxTokens));
      } else {
        this.#run(request, this.#reply(request, requestId, maxTokens), requestId, response);
      }
    }
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

  #run(request: CompletionRequest, reply: SimulatedReply, requestId: string, response: ServerResponse): void {
    const tokens = reply.kind === 'reply' ? reply.promptTokens + reply.responseTokens : 0;
    let timer: NodeJS.Timeout | undefined;
    const release = (): void => {
      if (ticket.state === 'running') this.#tokensInCache -= tokens;
      this.#queue.leave(ticket);
    };
    const finish = (): void => {
      if (ticket.state === 'left' || this.#isBroken()) return;
      release();
      this.#finish(request, reply, requestId, response);
    };
    const ticket = this.#queue.enter(() => {
      this.#tokensInCache += tokens;
      // Also an immediate reply takes a turn of the event loop: its ticket exists only after this.
      if (reply.latencyMs < 1) setImmediate(finish);
      else timer = setTimeout(finish, reply.latencyMs);
    });
    // Closed before it was answered: the client hung up.
    response.once('close', () => {
      clearTimeout(timer);
      release();
    });
  }

  /** Whether the engine is beyond answering. */
  #isBroken(): boolean {
    const {fault} = this.#options;
    if (!fault || this.#finished < fault.afterAnswers) return false;
    if (fault.kind === 'die') process.kill(process.pid, 'SIGKILL');
    return true;
  }

  #finish(request: CompletionRequest, reply: SimulatedReply, requestId: string, response: ServerResponse): void {
    this.#finished++;
    this.#serviceMs += reply.latencyMs;
    if (reply.kind === 'error') {
      sendError(response, 500, 'InternalServerError', 'simulated failure');
      return;
    }
    this.#promptTokens += reply.promptTokens;
    this.#responseTokens += reply.responseTokens;
    send(response, 200, renderCompletion(request.model, requestId, reply, this.#options.clock.now()));
  }
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

function sendError(response: ServerResponse, status: number, type: string, message: string): void {
  send(response, status, renderError(status, type, message));
}

async function listen(server: Server, {port, host}: {port: number; host: string}): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, 4096, resolve);
  });
}
