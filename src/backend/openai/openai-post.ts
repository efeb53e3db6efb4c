import OpenAI from 'openai';

import type {ApiAddress} from '../http/api-address.ts';
import {awaitAnswer, fetchFor, requestIdHeader, type Exchange, type Post} from '../request/post.ts';
import type {Transport} from '../http/transport.ts';

/** The deadline of a call is the transport's; this one of the package is never reached. */
const UNREACHABLE_TIMEOUT_MS = 2 ** 31 - 1;

/** Options of a call that reach our `fetch`. */
interface ForwardedOptions {
  readonly exchange?: Exchange;
}

/** Returns a `Post` through the `openai` package: its requests over our pool, without its repeated calls. */
export function openAiPost(
  transport: Transport,
  address: ApiAddress,
  {authorization, ...headers}: Readonly<Record<string, string>>,
): Post {
  const client = new OpenAI({
    apiKey: 'in defaultHeaders',
    baseURL: address.base,
    defaultQuery: Object.fromEntries(new URL(address.at('')).searchParams),
    defaultHeaders: {...headers, authorization: authorization ?? null, 'user-agent': 'mac'},
    maxRetries: 0,
    timeout: UNREACHABLE_TIMEOUT_MS,
    logLevel: 'off',
    organization: null,
    project: null,
    fetch: (url, init = {}) => {
      const {exchange} = init as ForwardedOptions;
      if (!exchange) throw new Error('Internal error: a call without an exchange');
      return fetchFor(exchange, transport, url, init);
    },
  });
  return ({requestId}, body, signal) => {
    const exchange: Exchange = {signal};
    const carried: ForwardedOptions = {exchange};
    const call = client.chat.completions.create(body as unknown as OpenAI.ChatCompletionCreateParamsNonStreaming, {
      headers: requestIdHeader(requestId),
      fetchOptions: carried as Record<string, never>,
    });
    return awaitAnswer(exchange, call.asResponse());
  };
}
