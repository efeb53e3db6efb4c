import {createServer, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';

import type {VirtualTime} from './virtual-time.ts';

/** One scripted reply of a golden case. */
interface ScriptedReply {
  readonly text?: string;
  readonly finish_reason?: string;
  readonly prompt_tokens?: number;
  readonly completion_tokens?: number;
  readonly delay_ms?: number;
  readonly raise?: {readonly status?: number; readonly message: string};
}

export interface Script {
  /** Per execution of a task, in order: question → agent → replies; the last of each repeats. */
  readonly tasks: readonly Record<string, Record<string, readonly ScriptedReply[]>>[];
  readonly question_markers: Record<string, readonly string[]>;
  /** Lines that a vLLM engine logs when it has measured its cache. */
  readonly vllm_init?: {readonly print?: string};
}

export interface SeenRequest {
  readonly task: number;
  readonly question: string;
  readonly agent: string;
  readonly body: any;
}

export interface ScriptedServer {
  readonly url: string;
  readonly seen: SeenRequest[];
  close(): Promise<void>;
}

/**
 * Two calls with half the delay end with one of the whole but for the way there and back, which takes no time here:
 * every further call counts for more.
 */
const CALL_MS = 10;

/**
 * Plays the script of one stage over HTTP, as the model of a golden case. Tasks are told apart by the ids that requests
 * carry, in order of appearance; agents by the model's name; questions by their markers in the prompt. The script's
 * delays only order the replies.
 *
 * @param taskOf names the task of a request id; ids of one task give one name.
 */
export async function startScriptedServer(
  script: Script,
  taskOf: (requestId: string) => string,
  time: VirtualTime,
): Promise<ScriptedServer> {
  const ordinals = new Map<string, number>();
  const calls = new Map<string, number>();
  const seen: SeenRequest[] = [];
  const answer = (body: any, requestId: string, response: ServerResponse): void => {
    const name = taskOf(requestId);
    if (!ordinals.has(name)) ordinals.set(name, ordinals.size);
    const task = ordinals.get(name)!;
    const agent = String(body.model).replace(/^mock[-/]/, '');
    const prompt: string = body.messages.at(-1).content;
    const question = Object.entries(script.question_markers).find(([, marks]) =>
      marks.every(mark => prompt.includes(mark)),
    )?.[0];
    const scripted = script.tasks[Math.min(task, script.tasks.length - 1)];
    const replies = question === undefined ? undefined : scripted?.[question]?.[agent];
    seen.push({task, question: question ?? '', agent, body});
    if (!replies) {
      send(response, 500, {error: {message: `not scripted: ${question} ${agent}`}});
      return;
    }
    const id = `${task}/${question}/${agent}`;
    const call = calls.get(id) ?? 0;
    calls.set(id, call + 1);
    const reply = replies[Math.min(call, replies.length - 1)]!;
    time.after((reply.delay_ms ?? 0) + CALL_MS * call, () => {
      if (reply.raise) send(response, reply.raise.status ?? 500, {error: {message: reply.raise.message}});
      else {
        send(response, 200, {
          model: body.model,
          choices: [
            {
              index: 0,
              message: {role: 'assistant', content: reply.text},
              finish_reason: reply.finish_reason ?? 'stop',
            },
          ],
          usage: {prompt_tokens: reply.prompt_tokens ?? 0, completion_tokens: reply.completion_tokens ?? 0},
        });
      }
    });
  };
  const server = createServer((request, response) => {
    if (request.url === '/metrics') {
      response.end(cacheMetrics(script));
      return;
    }
    if (request.method === 'GET') {
      send(response, 200, {
        data: ['spkr_000', 'spkr_001', 'spkr_002'].flatMap(id => [{id: `mock-${id}`}, {id: `mock/${id}`}]),
      });
      return;
    }
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () =>
      answer(JSON.parse(Buffer.concat(chunks).toString()), String(request.headers['x-request-id']), response),
    );
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    seen,
    close: () =>
      new Promise(resolve => {
        time.stop();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The measured concurrency as vLLM's server tells it: blocks of 16 tokens. */
function cacheMetrics({vllm_init: init}: Script): string {
  const match = /for ([\d,]+) tokens per request: ([\d.]+)x/.exec(init?.print ?? '');
  if (!match) return '';
  const tokens = Number(match[1]!.replaceAll(',', '')) * Number(match[2]);
  return [
    'vllm:num_requests_running 0',
    'vllm:num_requests_waiting 0',
    `vllm:cache_config_info{block_size="16",num_gpu_blocks="${Math.floor(tokens / 16)}"} 1`,
    '',
  ].join('\n');
}

function send(response: ServerResponse, status: number, value: unknown): void {
  if (response.destroyed) return;
  const text = JSON.stringify(value);
  response.writeHead(status, {'content-type': 'application/json', 'content-length': Buffer.byteLength(text)});
  response.end(text);
}
