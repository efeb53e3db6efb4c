import {createServer, type IncomingMessage, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';

/** A request to a model, as far as tests look at it. */
export interface Asked {
  /** From 0, in order of arrival. */
  readonly call: number;
  readonly body: any;
  readonly prompt: string;
}

export type Talk = (asked: Asked, response: ServerResponse, request: IncomingMessage) => void;

export interface TalkingServer {
  readonly url: string;
  /** Calls to the model so far. */
  readonly calls: () => number;
  close(): Promise<void>;
}

export const GOOD = {
  model: 'm',
  choices: [{message: {content: '{"answer": "The first one", "rationale": "it is"}'}, finish_reason: 'stop'}],
  usage: {prompt_tokens: 1, completion_tokens: 1},
};

/**
 * A chat-completions server on a real socket whose every answer the test decides.
 *
 * @param get answers what is not a call to the model; default: a list with the model `m` for everything.
 */
export async function startTalkingServer(
  talk: Talk,
  options: {readonly port?: number; readonly get?: (path: string, response: ServerResponse) => void} = {},
): Promise<TalkingServer> {
  let calls = 0;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (request.method === 'GET') {
        if (options.get) options.get(request.url ?? '', response);
        else answer(response, 200, {data: [{id: 'm'}]});
        return;
      }
      const body = JSON.parse(Buffer.concat(chunks).toString());
      const prompt = JSON.stringify(body.messages ?? body.prompt);
      talk({call: calls++, body, prompt}, response, request);
    });
  });
  await new Promise<void>(resolve => server.listen(options.port ?? 0, '127.0.0.1', 1024, resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    calls: () => calls,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export function answer(
  response: ServerResponse,
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  if (response.destroyed) return;
  response.writeHead(status, {'content-type': 'application/json', ...headers});
  response.end(typeof value === 'string' ? value : JSON.stringify(value));
}
