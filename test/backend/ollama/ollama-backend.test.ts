import {afterEach, describe, expect, test} from 'vitest';

import type {Backend, ChatFailure} from '../../../src/backend/backend.ts';
import {createBackend} from '../../../src/backend/backends.ts';
import {systemClock} from '../../../src/core/clock.ts';
import * as ollama from '../../support/servers/ollama.ts';
import {ANSWER, startStub, type StubReply, type StubRequest} from '../../support/servers/stub.ts';
import {ask} from '../ask-stub.ts';

const signal = new AbortController().signal;

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

async function makeBackend(url: string): Promise<Backend> {
  const model = {backend: 'ollama', model_name: 'm', ollama_api_url: url};
  const backend = await createBackend(model, {env: {}, clock: systemClock, connections: 1});
  open.push(() => backend.close());
  return backend;
}

/** The check of a server that answers `/api/tags` so; `URL` in messages is its address. */
async function check(reply: StubReply): Promise<{failure: ChatFailure | null; message: string; seen: StubRequest[]}> {
  const stub = await startStub(() => reply);
  open.push(() => stub.close());
  const failure = await (await makeBackend(stub.url)).check(signal);
  return {failure, message: failure?.error.message.replace(stub.url, 'URL') ?? '', seen: stub.seen};
}

const models = (...names: string[]): StubReply => ({body: {models: names.map(name => ({name}))}});

describe('before the first request', () => {
  test.each(['m', 'm:latest'])('a server that has %s is well', async name => {
    const {failure, seen} = await check(models('other:7b', name));
    expect(failure).toBeNull();
    expect(seen).toMatchObject([{method: 'GET', path: '/api/tags'}]);
  });

  test('a model that it does not have is named, with those that it has and the way to get it', async () => {
    const {failure, message} = await check(models('a:7b', 'm:7b'));
    expect(failure).toMatchObject({reason: 'model-missing', retryable: false, error: {error_code: 'OLLAMA_API_ERROR'}});
    expect(message).toBe('Ollama at URL has no model m; it has: a:7b, m:7b. Get it with: ollama pull m');
    expect((await check(models())).message).toBe('Ollama at URL has no model m. Get it with: ollama pull m');
  });

  test('a server that has no such path may be another, or too old', async () => {
    const {failure} = await check({status: 404, body: '404 page not found'});
    expect(failure?.hint).toMatch(/has no such path: is Ollama there, and not too old\?$/);
  });

  test('an answer of something else is nonsense, under the name of any request', async () => {
    const {failure} = await check({body: '<html>hello</html>'});
    expect(failure).toMatchObject({reason: 'nonsense', error: {error_code: 'API_REQUEST_ERROR'}});
  });

  test('a server that is not there is told how to start', async () => {
    const failure = await (await makeBackend('http://127.0.0.1:1')).check(signal);
    expect(failure).toMatchObject({reason: 'unreachable', error: {error_code: 'OLLAMA_CONNECTION_ERROR'}});
    expect(failure?.error.message).toMatch(
      /nothing listens there \(ECONNREFUSED\)\. Is Ollama running\? Start it with: ollama serve$/,
    );
  });
});

test('errors have the names of Ollama’s in records', async () => {
  const {outcome} = await ask('ollama', {status: 503, body: {error: 'server busy, please try again.'}});
  expect(outcome).toMatchObject({
    reason: 'overloaded',
    retryable: true,
    error: {
      error_class: 'OllamaAPIError',
      error_code: 'OLLAMA_API_ERROR',
      message: 'API request failed (503): server busy, please try again.',
    },
  });
});

test('a path of a call or a slash at the end of the address changes nothing', async () => {
  for (const path of ['/', '/v1', '/api/chat']) {
    const {chats} = await ask('ollama', ollama.chat({content: ANSWER}), {path});
    expect(chats[0]!.path).toBe('/api/chat');
  }
});

test('a backend without a name of a model is refused', async () => {
  const made = createBackend({backend: 'ollama'}, {env: {}, clock: systemClock, connections: 1});
  await expect(made).rejects.toMatchObject({code: 'config-invalid'});
});
