import {createServer, type IncomingMessage, type Server, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';

import type {SimulatedConfig} from '../core/task-config.ts';
import {simulateReply} from './simulated-model.ts';

export interface SimulatedServerOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Sequences that run at once; the rest waits in line, as in vLLM. */
  readonly slots: number;
  readonly models: readonly string[];
  readonly config: SimulatedConfig;
  /** What is known of a question, found by its text. */
  readonly knowledge: ReadonlyMap<
    string,
    {readonly correctText: string | null; readonly stereotypedText: string | null}
  >;
}

export interface SimulatedServer {
  /** `http://127.0.0.1:8000/v1` */
  readonly url: string;
  readonly close: () => Promise<void>;
}

interface Sequence {
  readonly start: () => void;
}

interface Counters {
  running: number;
  promptTokens: number;
  responseTokens: number;
  finished: number;
}

/** The simulated model as an OpenAI-compatible HTTP server, with vLLM's metrics. */
export async function startSimulatedServer(options: SimulatedServerOptions): Promise<SimulatedServer> {
  const counters: Counters = {running: 0, promptTokens: 0, responseTokens: 0, finished: 0};
  const waiting: Sequence[] = [];
  const release = (): void => {
    counters.running--;
    waiting.shift()?.start();
  };
  const occupy = (work: () => void): Sequence | null => {
    if (counters.running < options.slots) {
      counters.running++;
      work();
      return null;
    }
    const sequence = {
      start: (): void => {
        counters.running++;
        work();
      },
    };
    waiting.push(sequence);
    return sequence;
  };

  const complete = (body: CompletionBody, requestId: string, response: ServerResponse): void => {
    const messages = body.messages ?? [];
    const user = textOf(messages, 'user');
    const known = options.knowledge.get(questionOf(user));
    const reply = simulateReply(options.config, {
      system: textOf(messages, 'system'),
      user,
      maxTokens: body.max_tokens ?? body.max_completion_tokens ?? 4096,
      // The id names question, agent, round and attempt, so that a repeated attempt may say something else.
      seed: requestId.split('/').slice(2).join('/'),
      ...known,
    });
    let isOver = false;
    const sequence = occupy(() => {
      if (isOver) {
        release();
        return;
      }
      const finish = (): void => {
        isOver = true;
        release();
        counters.finished++;
        if (reply.kind === 'error') {
          sendError(response, 500, 'simulated failure');
          return;
        }
        counters.promptTokens += reply.promptTokens;
        counters.responseTokens += reply.responseTokens;
        send(response, 200, renderCompletion(body, reply, requestId));
      };
      if (reply.latencyMs < 1) {
        finish();
        return;
      }
      const timer = setTimeout(finish, reply.latencyMs);
      response.once('close', () => {
        // A client that hangs up aborts its sequence.
        if (isOver) return;
        isOver = true;
        clearTimeout(timer);
        release();
      });
    });
    if (sequence) {
      response.once('close', () => {
        const place = waiting.indexOf(sequence);
        if (place >= 0) waiting.splice(place, 1);
      });
    }
  };

  const server = createServer((request, response) => {
    const path = request.url?.split('?')[0];
    if (request.method === 'POST' && path === '/v1/chat/completions') {
      readJson(
        request,
        body => {
          const {model} = body;
          if (model === undefined || !options.models.includes(model)) {
            sendError(response, 404, `The model \`${String(model)}\` does not exist.`);
          } else {
            complete(body, String(request.headers['x-request-id'] ?? ''), response);
          }
        },
        () => sendError(response, 400, 'the body is not JSON'),
      );
    } else if (path === '/v1/models') {
      const data = options.models.map(id => ({id, object: 'model', owned_by: 'simulated'}));
      send(response, 200, JSON.stringify({object: 'list', data}));
    } else if (path === '/health') {
      send(response, 200, '');
    } else if (path === '/metrics') {
      response.setHeader('content-type', 'text/plain; version=0.0.4');
      response.end(renderMetrics(counters, waiting.length, options));
    } else {
      sendError(response, 404, 'Not Found');
    }
  });
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

interface CompletionBody {
  readonly model?: string;
  readonly messages?: readonly {readonly role: string; readonly content: string}[];
  readonly max_tokens?: number;
  readonly max_completion_tokens?: number;
}

function textOf(messages: NonNullable<CompletionBody['messages']>, role: string): string {
  return messages.find(message => message.role === role)?.content ?? '';
}

/** The line `Question: …` of a prompt; questions are found by it. */
export function questionOf(prompt: string): string {
  const start = prompt.indexOf('\nQuestion: ');
  if (start < 0) return '';
  const context = /\nContext: ([^]*)$/.exec(prompt.slice(0, start))?.[1] ?? '';
  const end = prompt.indexOf('\nChoices:', start);
  return `${context}\n${prompt.slice(start + '\nQuestion: '.length, end < 0 ? undefined : end)}`;
}

function renderCompletion(
  body: CompletionBody,
  reply: {
    readonly text: string;
    readonly truncated: boolean;
    readonly promptTokens: number;
    readonly responseTokens: number;
  },
  requestId: string,
): string {
  return JSON.stringify({
    id: requestId || 'chatcmpl-simulated',
    object: 'chat.completion',
    created: 0,
    model: `simulated/${body.model ?? ''}`,
    choices: [
      {
        index: 0,
        message: {role: 'assistant', content: reply.text},
        finish_reason: reply.truncated ? 'length' : 'stop',
      },
    ],
    usage: {
      prompt_tokens: reply.promptTokens,
      completion_tokens: reply.responseTokens,
      total_tokens: reply.promptTokens + reply.responseTokens,
    },
  });
}

function renderMetrics(counters: Counters, waiting: number, {models, slots}: SimulatedServerOptions): string {
  const label = `{model_name="${models[0] ?? ''}"}`;
  return [
    `vllm:num_requests_running${label} ${counters.running}`,
    `vllm:num_requests_waiting${label} ${waiting}`,
    `vllm:kv_cache_usage_perc${label} ${Math.min(1, (counters.running / slots) * 0.9)}`,
    `vllm:num_preemptions_total${label} 0`,
    `vllm:prompt_tokens_total${label} ${counters.promptTokens}`,
    `vllm:generation_tokens_total${label} ${counters.responseTokens}`,
    `vllm:request_success_total${label} ${counters.finished}`,
    `vllm:cache_config_info{block_size="16",num_gpu_blocks="${slots * 256}"} 1`,
    '',
  ].join('\n');
}

const MAX_BODY_BYTES = 8 * 1024 * 1024;

function readJson(request: IncomingMessage, onBody: (body: CompletionBody) => void, onBad: () => void): void {
  const chunks: Buffer[] = [];
  let size = 0;
  request.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) request.destroy();
    else chunks.push(chunk);
  });
  request.on('end', () => {
    let body: CompletionBody;
    try {
      body = JSON.parse(Buffer.concat(chunks).toString('utf8')) as CompletionBody;
    } catch {
      onBad();
      return;
    }
    onBody(body);
  });
  request.on('error', () => undefined); // the client is gone: there is nobody to answer
}

function send(response: ServerResponse, status: number, text: string): void {
  if (response.destroyed) return;
  response.writeHead(status, {'content-type': 'application/json', 'content-length': Buffer.byteLength(text)});
  response.end(text);
}

function sendError(response: ServerResponse, status: number, message: string): void {
  send(response, status, JSON.stringify({error: {message, type: 'simulated', code: status}}));
}

async function listen(server: Server, {port, host}: {port: number; host: string}): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, 4096, resolve);
  });
}
