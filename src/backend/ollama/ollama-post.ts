import {Ollama, type ChatRequest, type GenerateRequest} from 'ollama';

import type {ApiAddress} from '../http/api-address.ts';
import {awaitAnswer, fetchFor, type Exchange, type Post} from '../request/post.ts';
import {requestIdHeader} from '../http/request-id.ts';
import type {Transport} from '../http/transport.ts';

/**
 * Returns a `Post` through the `ollama` package over our pool: `/api/chat`, or `/api/generate` for requests of the
 * older system's kind.
 */
export function ollamaPost(transport: Transport, {base}: ApiAddress, headers: Readonly<Record<string, string>>): Post {
  return (request, body, signal) => {
    const exchange: Exchange = {signal};
    // The package takes headers for a client, not for a call.
    const client = new Ollama({
      host: base,
      headers: {...headers, ...requestIdHeader(request.requestId), 'user-agent': 'mac'},
      fetch: (url, init = {}) => fetchFor(exchange, transport, url, init),
    });
    const call = request.reference
      ? client.generate(body as unknown as GenerateRequest & {stream: false})
      : client.chat(body as unknown as ChatRequest & {stream: false});
    return awaitAnswer(exchange, call);
  };
}
