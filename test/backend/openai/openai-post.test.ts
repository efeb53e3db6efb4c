import {afterEach, describe, expect, test} from 'vitest';

import {apiAddress, keyHeaders} from '../../../src/backend/http/api-address.ts';
import {createTransport} from '../../../src/backend/http/transport.ts';
import {openAiPost} from '../../../src/backend/openai/openai-post.ts';
import type {Post} from '../../../src/backend/request/post.ts';
import * as google from '../../support/servers/google.ts';
import {completion, startStub, type StubReply, type StubRequest} from '../../support/servers/stub.ts';

const REQUEST = {requestId: '7/q/Zoë/0/0.0', system: 's', user: 'u', sampling: {temperature: 0, max_tokens: 9}};
const BODY = {
  model: 'm',
  messages: [{role: 'user', content: 'u'}],
  top_k: 4,
  chat_template_kwargs: {x: 1},
  gone: undefined,
};
const signal = new AbortController().signal;

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

async function postTo(reply: StubReply, path = '/v1'): Promise<{post: Post; seen: readonly StubRequest[]}> {
  const stub = await startStub(() => reply);
  const transport = createTransport({connections: 2, timeoutMs: 60_000});
  open.push(
    () => transport.close(),
    () => stub.close(),
  );
  const url = stub.url + path;
  return {post: openAiPost(transport, apiAddress(url), keyHeaders(url, 'hush-key')), seen: stub.seen};
}

describe('a chat call through the openai package', () => {
  test('has the body as it was made, and the id of its request', async () => {
    const {post, seen} = await postTo(completion({content: 'x'}));
    await post(REQUEST, BODY, signal);
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatchObject({
      method: 'POST',
      path: '/v1/chat/completions',
      headers: {
        authorization: 'Bearer hush-key',
        'content-type': 'application/json',
        'user-agent': 'mac',
        'x-request-id': '7/q/Zo%C3%AB/0/0.0',
      },
    });
    const {gone: _gone, ...sent} = BODY;
    expect(seen[0]!.body).toEqual(sent);
  });

  test('has the query of its address, and on Azure the key in a header of its own', async () => {
    const {post, seen} = await postTo(completion({content: 'x'}), '/openai/deployments/d?api-version=1');
    await post(REQUEST, BODY, signal);
    expect(seen[0]!.path).toBe('/openai/deployments/d/chat/completions?api-version=1');
    expect(seen[0]!.headers['api-key']).toBe('hush-key');
    expect(seen[0]!.headers).not.toHaveProperty('authorization');
  });

  test.each([200, 400, 401, 408, 409, 429, 500, 503])(
    'returns the server’s own answer with status %i, and is not repeated',
    async status => {
      const {post, seen} = await postTo({status, headers: {'retry-after': '1', 'x-a': 'b'}, body: 'any words'});
      const answer = await post(REQUEST, BODY, signal);
      expect(answer).toMatchObject({status, ok: status === 200});
      expect(answer.header('x-a')).toBe('b');
      expect(answer.body).toBe('any words');
      expect(seen).toHaveLength(1);
    },
  );

  test('keeps the words of an error that is a list', async () => {
    const {post} = await postTo(google.perMinute);
    const answer = await post(REQUEST, BODY, signal);
    expect(JSON.parse(answer.body)).toEqual(google.perMinute.body);
  });

  test('fails as the transport failed', async () => {
    const transport = createTransport({connections: 1, timeoutMs: 60_000});
    open.push(() => transport.close());
    const post = openAiPost(transport, apiAddress('http://127.0.0.1:1/v1'), {});
    await expect(post(REQUEST, BODY, signal)).rejects.toMatchObject({
      name: 'TransportError',
      reason: 'unreachable',
      message: 'nothing listens there (ECONNREFUSED)',
    });
  });

  test('ends with its signal', async () => {
    const {post} = await postTo(completion({content: 'x'}));
    await expect(post(REQUEST, BODY, AbortSignal.abort())).rejects.toMatchObject({reason: 'aborted'});
  });
});
