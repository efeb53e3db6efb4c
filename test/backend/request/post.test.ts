import {afterEach, expect, test} from 'vitest';

import {createTransport} from '../../../src/backend/http/transport.ts';
import {postTo, requestIdHeader} from '../../../src/backend/request/post.ts';
import {startStub} from '../../support/servers/stub.ts';

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

test('a request id is a header of ASCII, whatever the names of agents hold', () => {
  const id = (text: string): string => requestIdHeader(text)['x-request-id'];
  expect(id('7_0/t/spkr_000/0/0.0')).toBe('7_0/t/spkr_000/0/0.0');
  expect(id('7/t/Zoë 漢/0/0.0')).toBe('7/t/Zo%C3%AB%20%E6%BC%A2/0/0.0');
  expect(id('half \ud83d')).toBe('half%20%EF%BF%BD');
});

test('a long request id keeps its beginning, which names the task, and its end, which names the turn', () => {
  const id = requestIdHeader(`7_0/${'x'.repeat(5_000)}/3/1.2`)['x-request-id'];
  expect(id).toHaveLength(512);
  expect(id).toMatch(/^7_0\/x+\/3\/1\.2$/);
});

test('a post without a package sends JSON with our headers, those of the caller and the id', async () => {
  const stub = await startStub(() => ({status: 429, body: {error: 'slow down'}}));
  const transport = createTransport({connections: 1, timeoutMs: 60_000});
  open.push(
    () => transport.close(),
    () => stub.close(),
  );
  const request = {requestId: 'r', system: 's', user: 'u', sampling: {temperature: 0, max_tokens: 9}};
  const post = postTo(transport, `${stub.url}/v1/messages`, {'x-api-key': 'k'});
  const answer = await post(request, {model: 'm'}, new AbortController().signal);
  expect(answer).toMatchObject({status: 429, body: '{"error":"slow down"}'});
  expect(stub.seen).toMatchObject([
    {
      method: 'POST',
      path: '/v1/messages',
      headers: {'x-api-key': 'k', 'content-type': 'application/json', 'user-agent': 'mac', 'x-request-id': 'r'},
      body: {model: 'm'},
    },
  ]);
});
