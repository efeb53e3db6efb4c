import {createServer} from 'node:http';
import type {IncomingHttpHeaders} from 'node:http';
import type {AddressInfo} from 'node:net';

/** A server's answer: a text or bytes as they are, anything else as JSON. */
export interface StubReply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
}

export interface StubRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: any;
}

export interface StubServer {
  readonly url: string;
  readonly seen: StubRequest[];
  close(): Promise<void>;
}

/** A server on a real socket that answers as it is told. */
export async function startStub(answer: (request: StubRequest) => StubReply): Promise<StubServer> {
  const seen: StubRequest[] = [];
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const text = Buffer.concat(chunks).toString();
      const {method = '', url: path = '', headers} = incoming;
      const request = {method, path, headers, body: text === '' ? undefined : JSON.parse(text)};
      seen.push(request);
      const {status = 200, headers: own, body} = answer(request);
      const isText = typeof body === 'string' || Buffer.isBuffer(body);
      response
        .writeHead(status, {'content-type': isText ? 'text/plain' : 'application/json', ...own})
        .end(isText ? body : JSON.stringify(body));
    });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export const ANSWER = '{"answer": "Bob", "rationale": "the text says so"}';

/** A chat completion as every compatible server sends it, with what is its own. */
export function completion(
  message: object,
  {
    finish = 'stop',
    tokens = 12,
    prompt = 20,
    usage = {},
  }: {finish?: string | null; tokens?: number; prompt?: number; usage?: object} = {},
): StubReply {
  return {
    body: {
      id: 'chatcmpl-1',
      object: 'chat.completion',
      model: 'm',
      choices: [{index: 0, message: {role: 'assistant', ...message}, finish_reason: finish}],
      usage: {prompt_tokens: prompt, completion_tokens: tokens, total_tokens: prompt + tokens, ...usage},
    },
  };
}
