import {Agent, request, type Dispatcher} from 'undici';

/** Replies of a chat call are small; a body without end must not fill the memory. */
const MAX_BODY_BYTES = 4 * 1024 * 1024;

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
  /**
   * Gives up everything in flight when the signal aborts. One listener serves all requests: a signal with a listener for each of a thousand requests
   * would spend more time on its listeners than the requests take.
   */
  readonly follow: (signal: AbortSignal) => void;
  readonly close: () => Promise<void>;
}

export function createTransport({connections, timeoutMs}: TransportOptions): Transport {
  const agent = new Agent({
    connections,
    keepAliveTimeout: 60_000,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    maxResponseSize: MAX_BODY_BYTES,
    connect: {timeout: Math.min(timeoutMs, 10_000)},
  });
  const followed = new WeakSet<AbortSignal>();
  return {
    fetch: (input, init) => leanFetch(agent, timeoutMs, input instanceof Request ? input.url : String(input), init),
    follow: signal => {
      if (followed.has(signal)) return;
      followed.add(signal);
      const abort = (): void => void agent.destroy(new DOMException('aborted', 'AbortError')).catch(() => undefined);
      if (signal.aborted) abort();
      else signal.addEventListener('abort', abort, {once: true});
    },
    close: () => agent.close().catch(() => undefined),
  };
}

async function leanFetch(
  agent: Agent,
  timeoutMs: number,
  url: string,
  init: RequestInit | undefined,
): Promise<Response> {
  // headersTimeout and bodyTimeout start anew with every byte; a server that drips would hold us for ever. A caller's signal (the openai
  // package brings one with a deadline for each request) makes ours unnecessary, because we return when the whole body is there.
  const deadline = init?.signal ? null : new Deadline(timeoutMs);
  try {
    const {statusCode, headers, body} = await request(url, {
      dispatcher: agent,
      method: init?.method ?? 'GET',
      headers: plainHeaders(init?.headers),
      body: (init?.body ?? null) as string | null,
      signal: init?.signal ?? deadline?.signal ?? null,
    });
    return new LeanResponse(statusCode, headers, await body.text()) as unknown as Response;
  } finally {
    deadline?.clear();
  }
}

class Deadline {
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout;

  constructor(ms: number) {
    const reason = new DOMException(`no complete answer within ${ms / 1000} s`, 'TimeoutError');
    this.#timer = setTimeout(() => this.#controller.abort(reason), ms);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  clear(): void {
    clearTimeout(this.#timer);
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
