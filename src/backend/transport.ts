import {Agent, request, type Dispatcher} from 'undici';

/** Replies of a chat call are small; a body without end must not fill the memory. */
const MAX_BODY_BYTES = 4 * 1024 * 1024;

export class ResponseTooLarge extends Error {
  override readonly name = 'ResponseTooLarge';

  constructor() {
    super(`the response is larger than ${MAX_BODY_BYTES / 1024 / 1024} MB`);
  }
}

export interface TransportOptions {
  /** Connections to one server. */
  readonly connections: number;
  /** From the request to the last byte of the answer, in milliseconds. */
  readonly timeoutMs: number;
}

/** A fetch over one pool of keep-alive connections. */
export interface Transport {
  /**
   * As much of `fetch` as the clients of the model servers use. A tenth of the cost of the built-in one: no streams, no header objects
   * (bench/client).
   */
  readonly fetch: typeof fetch;
  readonly close: () => Promise<void>;
}

export function createTransport({connections, timeoutMs}: TransportOptions): Transport {
  const agent = new Agent({
    connections,
    keepAliveTimeout: 60_000,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    connect: {timeout: Math.min(timeoutMs, 10_000)},
  });
  return {
    fetch: (input, init) => leanFetch(agent, timeoutMs, String(input instanceof Request ? input.url : input), init),
    close: () => agent.close(),
  };
}

async function leanFetch(
  agent: Agent,
  timeoutMs: number,
  url: string,
  init: RequestInit | undefined,
): Promise<Response> {
  const deadline = new AbortController();
  // headersTimeout and bodyTimeout start anew with every byte; a server that drips would hold us for ever.
  const timer = setTimeout(
    () => deadline.abort(new DOMException(`no complete answer within ${timeoutMs / 1000} s`, 'TimeoutError')),
    timeoutMs,
  );
  const {signal} = init ?? {};
  const onAbort = (): void => deadline.abort(signal?.reason);
  if (signal?.aborted) onAbort();
  else signal?.addEventListener('abort', onAbort, {once: true});
  try {
    const {statusCode, headers, body} = await request(url, {
      dispatcher: agent,
      method: init?.method ?? 'GET',
      headers: plainHeaders(init?.headers),
      body: (init?.body ?? null) as string | null,
      signal: deadline.signal,
    });
    return new LeanResponse(statusCode, headers, await readBody(body)) as unknown as Response;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}

function plainHeaders(headers: RequestInit['headers']): Record<string, string> {
  if (!headers) return {};
  const entries =
    headers instanceof Headers ? [...headers] : Array.isArray(headers) ? headers : Object.entries(headers);
  const plain = Object.fromEntries(entries as [string, string][]);
  // The answers are small; packing them costs both sides more than it saves.
  delete plain['accept-encoding'];
  return plain;
}

async function readBody(body: Dispatcher.ResponseData['body']): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw new ResponseTooLarge();
    chunks.push(chunk);
  }
  return (chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)).toString('utf8');
}

/** What the `openai` and `ollama` packages read of a Response. */
class LeanResponse {
  readonly status: number;
  readonly statusText = '';
  readonly url = '';
  readonly redirected = false;
  readonly type = 'basic';
  readonly body: null = null;
  readonly bodyUsed = false;
  readonly #headers: Dispatcher.ResponseData['headers'];
  readonly #text: string;

  constructor(status: number, headers: Dispatcher.ResponseData['headers'], text: string) {
    this.status = status;
    this.#headers = headers;
    this.#text = text;
  }

  get ok(): boolean {
    return this.status >= 200 && this.status < 300;
  }

  get headers(): Headers {
    return new LeanHeaders(this.#headers) as unknown as Headers;
  }

  text(): Promise<string> {
    return Promise.resolve(this.#text);
  }

  json(): Promise<unknown> {
    return new Promise(resolve => resolve(JSON.parse(this.#text)));
  }
}

class LeanHeaders {
  readonly #headers: Dispatcher.ResponseData['headers'];

  constructor(headers: Dispatcher.ResponseData['headers']) {
    this.#headers = headers;
  }

  get(name: string): string | null {
    const value = this.#headers[name.toLowerCase()];
    return value === undefined ? null : Array.isArray(value) ? value.join(', ') : value;
  }

  has(name: string): boolean {
    return this.#headers[name.toLowerCase()] !== undefined;
  }

  entries(): IterableIterator<[string, string]> {
    return Object.keys(this.#headers)
      .map((name): [string, string] => [name, this.get(name) ?? ''])
      .values();
  }

  [Symbol.iterator](): IterableIterator<[string, string]> {
    return this.entries();
  }
}
