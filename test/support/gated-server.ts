import {createServer, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';

export interface GatedServer {
  readonly url: string;
  /** Requests that wait for the gate. */
  readonly waiting: () => number;
  /** Answers all that wait, and every later one at once. */
  open(): void;
  close(): Promise<void>;
}

export interface GatedServerOptions {
  /** Requests that are answered before the gate is opened. */
  readonly free?: number;
  /** The model's reply. */
  readonly content?: string;
}

const CONTENT = JSON.stringify({rationale: 'because', answer: 'The first one'});

/** A model that keeps everybody waiting until the gate is opened, so that many executors finish in one instant. */
export async function startGatedServer({free = 0, content = CONTENT}: GatedServerOptions = {}): Promise<GatedServer> {
  let isOpen = false;
  let left = free;
  const waiting: ServerResponse[] = [];
  const answer = (response: ServerResponse): void => {
    send(response, {
      model: 'gated',
      choices: [{index: 0, message: {role: 'assistant', content}, finish_reason: 'stop'}],
      usage: {prompt_tokens: 1, completion_tokens: 1},
    });
  };
  const server = createServer((request, response) => {
    if (request.method === 'GET') {
      send(response, {data: [{id: 'gated'}]});
      return;
    }
    request.resume();
    if (isOpen || left-- > 0) answer(response);
    else waiting.push(response);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', 1024, resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    waiting: () => waiting.length,
    open: () => {
      isOpen = true;
      for (const response of waiting) answer(response);
    },
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function send(response: ServerResponse, value: unknown): void {
  const text = JSON.stringify(value);
  response.writeHead(200, {'content-type': 'application/json', 'content-length': Buffer.byteLength(text)});
  response.end(text);
}
