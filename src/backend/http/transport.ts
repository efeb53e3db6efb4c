import {Agent, ProxyAgent, type Dispatcher} from 'undici';

import {deferred, type Deferred} from '../../core/deferred.ts';
import {errorMessage} from '../../core/errors.ts';
import {toHttpResponse, type HeaderValues, type HttpResponse} from './http-response.ts';
import {proxyAuthorization, type Proxy} from './proxy.ts';
import {describeTransportError, TransportError} from './transport-error.ts';

/** Replies of a chat call are small; a body without end must not fill the memory. */
const MAX_BODY_BYTES = 4 * 1024 * 1024;

/** Lists of models are as long as a provider has models. */
export const MAX_LIST_BYTES = 256 * 1024 * 1024;

/**
 * Besides the calls that speak: one look at the server's load and one at its health, which must not wait for an answer
 * to come.
 */
const SPARE_CONNECTIONS = 2;

const CONNECT_MS = 10_000;

export interface TransportOptions {
  /** Calls to one server at once. */
  readonly connections: number;
  /** From the call to the last byte of the answer, in milliseconds, the wait for a connection included. */
  readonly timeoutMs: number;
  readonly proxy?: Proxy | null;
}

export interface Call {
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | null;
  /** Instead of the transport's own. */
  readonly timeoutMs?: number;
  /** Of the answer; a longer one is refused. */
  readonly maxBytes?: number;
  readonly signal: AbortSignal;
}

/** Calls over one pool of keep-alive connections to each server. */
export interface Transport {
  /** Resolves with the whole answer, whatever its status. @throws TransportError */
  send(url: string, call: Call): Promise<HttpResponse>;
  /** Gives up what is in flight and closes all connections. Idempotent. */
  close(): Promise<void>;
}

export function createTransport({connections, timeoutMs, proxy = null}: TransportOptions): Transport {
  const route = createRoute(proxy, {
    connections: connections + SPARE_CONNECTIONS,
    // An exchange has one deadline for everything: these two restart with every byte, and a server that drips would
    // hold us for ever.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: {timeout: Math.min(timeoutMs, CONNECT_MS)},
  });
  const exchanges = new Exchanges();
  return {
    send: (url, call) => {
      const {method = 'GET', headers = {}, body = null, signal, maxBytes = MAX_BODY_BYTES} = call;
      const exchange = new Exchange({timeoutMs: call.timeoutMs ?? timeoutMs, maxBytes}, () =>
        exchanges.remove(exchange, signal),
      );
      exchanges.add(exchange, signal);
      if (!exchange.isOver) route.dispatch(new URL(url), {method, headers, body}, exchange);
      return exchange.answer;
    },
    close: async () => {
      exchanges.close();
      await route.destroy();
    },
  };
}

type Message = Pick<Dispatcher.DispatchOptions, 'method' | 'body'> & {
  readonly headers: Readonly<Record<string, string>>;
};

/** The way to a server: straight, or through a proxy. */
interface Route {
  dispatch(url: URL, message: Message, handler: Dispatcher.DispatchHandler): void;
  destroy(): Promise<void>;
}

/**
 * A proxy is told the whole address of what is not encrypted (many refuse tunnels to such ports), and asked for a
 * tunnel to everything else.
 */
function createRoute(proxy: Proxy | null, options: Agent.Options): Route {
  const agent = new Agent(options);
  const dispatchDirectly = (
    {origin, pathname, search}: URL,
    message: Message,
    handler: Dispatcher.DispatchHandler,
  ): void => void agent.dispatch({origin, path: pathname + search, ...message}, handler);
  if (!proxy) return {dispatch: dispatchDirectly, destroy: () => agent.destroy()};
  const authorization = proxyAuthorization(proxy);
  const tunnels = new ProxyAgent({
    ...options,
    uri: proxy.url.href.replace(/^socks5h:/, 'socks5:'),
    ...(authorization === undefined ? {} : {token: authorization}),
  });
  const isHttp = /^https?:$/.test(proxy.url.protocol);
  return {
    dispatch: (url, message, handler) => {
      const {origin, pathname, search} = url;
      if (url.protocol === 'https:' || !isHttp) {
        tunnels.dispatch({origin, path: pathname + search, ...message}, handler);
        return;
      }
      const headers = {
        ...message.headers,
        host: url.host,
        ...(authorization === undefined ? {} : {'proxy-authorization': authorization}),
      };
      agent.dispatch({...message, origin: proxy.url.origin, path: origin + pathname + search, headers}, handler);
    },
    destroy: async () => {
      await Promise.all([agent.destroy(), tunnels.destroy()]);
    },
  };
}

/**
 * Exchanges in flight, by signal. A signal gets one listener however many calls it governs: with a listener for each of
 * a thousand calls it would spend more time on its list than the calls take.
 */
class Exchanges {
  readonly #bySignal = new Map<AbortSignal, {readonly open: Set<Exchange>; readonly abort: () => void}>();

  add(exchange: Exchange, signal: AbortSignal): void {
    if (signal.aborted) {
      exchange.fail(new TransportError('aborted', 'given up'));
      return;
    }
    let entry = this.#bySignal.get(signal);
    if (!entry) {
      const open = new Set<Exchange>();
      entry = {open, abort: () => abortAll(open, 'given up')};
      this.#bySignal.set(signal, entry);
      signal.addEventListener('abort', entry.abort, {once: true});
    }
    entry.open.add(exchange);
  }

  remove(exchange: Exchange, signal: AbortSignal): void {
    const entry = this.#bySignal.get(signal);
    if (!entry) return;
    entry.open.delete(exchange);
    if (entry.open.size > 0) return;
    this.#bySignal.delete(signal);
    signal.removeEventListener('abort', entry.abort);
  }

  close(): void {
    for (const {open} of this.#bySignal.values()) abortAll(open, 'the backend was closed');
  }
}

function abortAll(exchanges: ReadonlySet<Exchange>, why: string): void {
  for (const exchange of [...exchanges]) exchange.fail(new TransportError('aborted', why));
}

/** One request and its answer. */
class Exchange implements Dispatcher.DispatchHandler {
  readonly #settled: Deferred<HttpResponse> = deferred();
  readonly #timer: NodeJS.Timeout;
  readonly #maxBytes: number;
  readonly #onOver: () => void;
  #controller: Dispatcher.DispatchController | undefined;
  #status = 0;
  #headers: HeaderValues = {};
  #chunks: Buffer[] = [];
  #size = 0;
  #fault: TransportError | undefined;

  constructor({timeoutMs, maxBytes}: {readonly timeoutMs: number; readonly maxBytes: number}, onOver: () => void) {
    this.#maxBytes = maxBytes;
    this.#onOver = onOver;
    const onTimeout = (): void =>
      this.fail(new TransportError('timeout', `no complete answer within ${timeoutMs / 1000} s (timeout_seconds)`));
    this.#timer = setTimeout(onTimeout, timeoutMs);
  }

  get answer(): Promise<HttpResponse> {
    return this.#settled.promise;
  }

  get isOver(): boolean {
    return this.#fault !== undefined;
  }

  /** Ends it without an answer and cuts its connection, by which a server notices that nobody waits any more. */
  fail(fault: TransportError): void {
    if (this.#fault) return;
    this.#fault = fault;
    this.#end();
    this.#settled.reject(fault);
    this.#controller?.abort(fault);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // Given up while it waited for a connection.
    if (this.#fault) controller.abort(this.#fault);
  }

  onResponseStart(_controller: unknown, status: number, headers: HeaderValues): void {
    this.#status = status;
    this.#headers = headers;
  }

  onResponseData(_controller: unknown, chunk: Buffer): void {
    this.#size += chunk.length;
    if (this.#size > this.#maxBytes) {
      this.fail(new TransportError('nonsense', `the answer is longer than ${this.#maxBytes / 1024 / 1024} MB`));
    } else {
      this.#chunks.push(chunk);
    }
  }

  onResponseEnd(): void {
    try {
      const body = Buffer.concat(this.#chunks);
      const response = toHttpResponse(this.#status, this.#headers, body, this.#maxBytes);
      this.#end();
      this.#settled.resolve(response);
    } catch (error) {
      this.fail(new TransportError('nonsense', `the answer cannot be decompressed: ${errorMessage(error)}`));
    }
  }

  onResponseError(_controller: unknown, error: Error): void {
    this.fail(describeTransportError(error));
  }

  #end(): void {
    clearTimeout(this.#timer);
    this.#onOver();
  }
}
