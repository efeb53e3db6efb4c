import type {ChatRequest} from '../backend.ts';
import type {HttpResponse} from '../http/http-response.ts';
import type {Body} from './shape-request.ts';
import type {Transport} from '../http/transport.ts';

/** Sends one chat request and returns the answer as it came, whatever its status. @throws TransportError */
export type Post = (request: ChatRequest, body: Body, signal: AbortSignal) => Promise<HttpResponse>;

/** Returns a `Post` to one address, without a client package. */
export function postTo(transport: Transport, url: string, headers: Readonly<Record<string, string>>): Post {
  return ({requestId}, body, signal) =>
    transport.send(url, {
      method: 'POST',
      headers: {
        accept: 'application/json',
        'content-type': 'application/json',
        'user-agent': 'mac',
        ...headers,
        ...requestIdHeader(requestId),
      },
      body: JSON.stringify(body),
      signal,
    });
}

/** Servers limit their headers to some kilobytes. */
const MAX_ID_LENGTH = 512;

/** Returns a request id as a header can carry it: names of agents may hold any letter, headers only ASCII. */
export function requestIdHeader(requestId: string): Record<'x-request-id', string> {
  const id = requestId.replace(/[^\x21-\x7e]/gu, encodeLetter);
  const half = MAX_ID_LENGTH / 2;
  // Its beginning names the task, its end the turn.
  return {'x-request-id': id.length > MAX_ID_LENGTH ? id.slice(0, half) + id.slice(-half) : id};
}

function encodeLetter(letter: string): string {
  // Half a surrogate pair has no encoding of its own.
  return /^[\uD800-\uDFFF]$/.test(letter) ? '%EF%BF%BD' : encodeURIComponent(letter);
}

/** One call that a client package makes through a `fetch` of ours, with the server's answer. */
export interface Exchange {
  readonly signal: AbortSignal;
  answer?: Promise<HttpResponse>;
}

/**
 * Sends what a client package built, and keeps the answer for us. The package gets an empty one instead: of errors that
 * are lists, pages or flat objects it would leave no more than the status.
 */
export async function fetchFor(
  exchange: Exchange,
  transport: Transport,
  input: string | URL | Request,
  {headers, body}: RequestInit,
): Promise<Response> {
  exchange.answer = transport.send(input instanceof Request ? input.url : String(input), {
    method: 'POST',
    headers: Object.fromEntries(new Headers(headers)),
    body: body as string,
    signal: exchange.signal,
  });
  await exchange.answer;
  return new Response('{}');
}

/** Waits for a package's call and returns the server's own answer to it. @throws TransportError */
export async function awaitAnswer(exchange: Exchange, call: Promise<unknown>): Promise<HttpResponse> {
  try {
    await call;
  } catch (error) {
    // With an answer of the server's, or its failure on the way, the package's own words are of no use.
    if (!exchange.answer) throw error;
  }
  if (!exchange.answer) throw new Error('Internal error: the client package sent nothing');
  return exchange.answer;
}
