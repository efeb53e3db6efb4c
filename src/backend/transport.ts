import {Agent, type Dispatcher} from 'undici';

import {deferred, type Deferred} from '../core/deferred.ts';
import {LeanResponse, type HeaderValues} from './lean-response.ts';
import {describeTransportError, TransportError} from './transport-error.ts';

/** Replies of a chat call are small; a body without end must not fill the memory. */
const MAX_BODY_BYTES = 4 * 1024 * 1024;

/** Besides the calls that speak: one look at the server's load and one at its health, which must not wait for an answer to come. */
const SPARE_CONNECTIONS = 2;

const CONNECT_MS = 10_000;

export interface TransportOptions {
  /** Calls to one server at once. */
  readonly connections: number;
  /** From the call to the last byte of the answer, in milliseconds, the wait for a connection included. */
  readonly timeoutMs: number;
}

export interface Call {
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | null;
  /** Instead of the transport's own. */
  readonly timeoutMs?: number;
  readonly signal: AbortSignal;
}

/** Calls over one pool of keep-alive connections to each server. */
export interface Transport {
  /** Resolves with the whole answer, whatever its status. @throws TransportError */
  send(url: string, call: Call): Promise<LeanResponse>;
  /**
   * The same in the shape of `fetch`, as far as the clients of the model servers need it (its bodies are text). The signal of `init` is ignored:
   * those clients bring one of their own for each call; see `withSignal`.
   */
  readonly fetch: typeof fetch;
  /** Gives up what is in flight and closes all connections. Idempotent. */
  close(): Promise<void>;
}

interface TransportInit extends RequestInit {
  readonly callSignal?: AbortSignal;
}

/** Options for `Transport.fetch` that make a call end when the signal aborts; client packages pass them through. */
export function withSignal(signal: AbortSignal): object {
  return {callSignal: signal};
}

export function createTransport({connections, timeoutMs}: TransportOptions): Transport {
  const agent = new Agent({
    connections: connections + SPARE_CONNECTIONS,
    // An exchange has one deadline for everything: these two start anew with every byte, and a server that drips would hold us for ever.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: {timeout: Math.min(timeoutMs, CONNECT_MS)},
  });
  const exchanges = new Exchanges();
  const send = (url: string, call: Call): Promise<LeanResponse> => {
    const {method = 'GET', headers = {}, body = null, signal} = call;
    const {origin, pathname, search} = new URL(url);
    const exchange = new Exchange(call.timeoutMs ?? timeoutMs, () => exchanges.remove(exchange, signal));
    exchanges.add(exchange, signal);
    if (!exchange.isOver) agent.dispatch({origin, path: pathname + search, method, headers, body}, exchange);
    return exchange.answer;
  };
  return {
    send,
    fetch: async (input, init: TransportInit = {}) =>
      (await send(input instanceof Request ? input.url : String(input), {
        method: init.method === 'POST' ? 'POST' : 'GET',
        headers: plainHeaders(init.headers),
        body: (init.body as string | undefined) ?? null,
        signal: init.callSignal ?? NEVER,
      })) as unknown as Response,
    close: async () => {
      exchanges.close();
      await agent.destroy();
    },
  };
}

const NEVER = new AbortController().signal;

function plainHeaders(headers: RequestInit['headers']): Record<string, string> {
  if (headers === undefined) return {};
  if (headers instanceof Headers || Array.isArray(headers))
    return Object.fromEntries(headers as Iterable<[string, string]>);
  return headers as Record<string, string>;
}

/**
 * What is in flight, by signal. A signal gets one listener however many calls it governs: with a listener for each of a thousand calls it would spend
 * more time on its list than the calls take.
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
      entry = {open, abort: () => giveUp(open, 'given up')};
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
    for (const {open} of this.#bySignal.values()) giveUp(open, 'the backend was closed');
  }
}

function giveUp(exchanges: ReadonlySet<Exchange>, why: string): void {
  for (const exchange of [...exchanges]) exchange.fail(new TransportError('aborted', why));
}

/** One request and its answer. */
class Exchange implements Dispatcher.DispatchHandler {
  readonly #settled: Deferred<LeanResponse> = deferred();
  readonly #timer: NodeJS.Timeout;
  readonly #onOver: () => void;
  #controller: Dispatcher.DispatchController | undefined;
  #status = 0;
  #headers: HeaderValues = {};
  #chunks: Buffer[] = [];
  #size = 0;
  #fault: TransportError | undefined;

  constructor(timeoutMs: number, onOver: () => void) {
    this.#onOver = onOver;
    const late = (): void =>
      this.fail(new TransportError('timeout', `no complete answer within ${timeoutMs / 1000} s`));
    this.#timer = setTimeout(late, timeoutMs);
  }

  get answer(): Promise<LeanResponse> {
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
    if (this.#size > MAX_BODY_BYTES) {
      this.fail(new TransportError('nonsense', `the answer is longer than ${MAX_BODY_BYTES / 1024 / 1024} MB`));
    } else {
      this.#chunks.push(chunk);
    }
  }

  onResponseEnd(): void {
    this.#end();
    const [first, ...rest] = this.#chunks;
    const body = rest.length > 0 ? Buffer.concat(this.#chunks) : first;
    this.#settled.resolve(new LeanResponse(this.#status, this.#headers, body?.toString('utf8') ?? ''));
  }

  onResponseError(_controller: unknown, error: Error): void {
    this.fail(describeTransportError(error));
  }

  #end(): void {
    clearTimeout(this.#timer);
    this.#onOver();
  }
}
