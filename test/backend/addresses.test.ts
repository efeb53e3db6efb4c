import {createServer, request as httpRequest} from 'node:http';
import {connect, type AddressInfo} from 'node:net';
import {afterEach, expect, test} from 'vitest';

import {apiAddress, keyHeaders} from '../../src/backend/http/api-address.ts';
import {createBackend} from '../../src/backend/backends.ts';
import {proxyFor, type Environment} from '../../src/backend/http/proxy.ts';
import {createTransport} from '../../src/backend/http/transport.ts';
import {systemClock} from '../../src/core/clock.ts';
import * as azure from '../support/servers/azure.ts';
import {ANSWER, completion, startStub} from '../support/servers/stub.ts';
import {ask} from './ask-stub.ts';

const BASES: readonly (readonly [string, string])[] = [
  ['http://h:1/v1', 'http://h:1/v1/chat/completions'],
  ['http://h:1/v1/', 'http://h:1/v1/chat/completions'],
  ['http://h:1/v1//', 'http://h:1/v1/chat/completions'],
  ['http://h:1/v1/v1', 'http://h:1/v1/chat/completions'],
  ['http://h:1/v1/chat/completions', 'http://h:1/v1/chat/completions'],
  ['http://h:1/v1/models', 'http://h:1/v1/chat/completions'],
  ['http://h:1', 'http://h:1/chat/completions'],
  [
    'https://h/openai/deployments/d?api-version=2024-10-21',
    'https://h/openai/deployments/d/chat/completions?api-version=2024-10-21',
  ],
  [
    'https://h/openai/deployments/d/chat/completions?api-version=1',
    'https://h/openai/deployments/d/chat/completions?api-version=1',
  ],
  ['https://h/models?api-version=1', 'https://h/models/chat/completions?api-version=1'],
  ['https://h/v1beta/openai/', 'https://h/v1beta/openai/chat/completions'],
];

test.each(BASES)('base_url %s is called at %s', (base, url) =>
  expect(apiAddress(base).at('chat/completions')).toBe(url),
);

test.each(['http://h:1', 'http://h:1/', 'http://h:1/v1', 'http://h:1/v1/messages', 'http://h:1/v1/v1/'])(
  'the address %s is the same to the Messages API and to Ollama',
  base => expect(apiAddress(base, false).at('v1/messages')).toBe('http://h:1/v1/messages'),
);

test('Azure gets the query with every call and its key in a header of its own; a token of its directory is a bearer', async () => {
  const path = '/openai/deployments/d?api-version=2024-10-21';
  const {chats, outcome} = await ask('openai', completion({content: ANSWER}), {
    path,
    env: {OPENAI_API_KEY: 'azure-key'},
  });
  expect(outcome.kind).toBe('reply');
  expect(chats[0]!.path).toBe('/openai/deployments/d/chat/completions?api-version=2024-10-21');
  expect(chats[0]!.headers).toMatchObject({'api-key': 'azure-key'});
  expect(chats[0]!.headers).not.toHaveProperty('authorization');
  expect(keyHeaders('https://x.openai.azure.com/openai/v1', 'k')).toEqual({'api-key': 'k'});
  expect(keyHeaders('https://x.openai.azure.com/openai/v1', 'eyJhb.eyJz.sig')).toEqual({
    authorization: 'Bearer eyJhb.eyJz.sig',
  });
  expect(keyHeaders('https://api.openai.com/v1', 'k')).toEqual({authorization: 'Bearer k'});
  expect((await ask('openai', azure.filtered, {path})).outcome).toMatchObject({kind: 'failure', reason: 'filtered'});
});

test('a list of models may be of any size', async () => {
  const data = Array.from({length: 60_000}, (_, i) => ({id: `model-${i}`, description: 'x'.repeat(80)}));
  const stub = await startStub(() => ({body: {data: [...data, {id: 'm'}]}}));
  const backend = await createBackend(
    {backend: 'vllm', model_path: 'm', api_config: {base_url: `${stub.url}/v1`}},
    {env: {}, clock: systemClock, connections: 1},
  );
  expect(await backend.check(new AbortController().signal)).toBeNull();
  await backend.close();
  await stub.close();
});

const PROXIED: readonly (readonly [string, Environment, string | null])[] = [
  ['http://h/v1', {HTTP_PROXY: 'http://p:1'}, 'p:1'],
  ['http://h/v1', {http_proxy: 'p:1', HTTP_PROXY: 'http://q:1'}, 'p:1'],
  ['http://h/v1', {HTTPS_PROXY: 'http://p:1'}, null],
  ['https://h/v1', {HTTPS_PROXY: 'http://p:1', HTTP_PROXY: 'http://q:1'}, 'p:1'],
  ['https://h/v1', {ALL_PROXY: 'socks5://p:1'}, 'p:1'],
  ['https://h/v1', {HTTPS_PROXY: ' '}, null],
  ['http://127.0.0.1:8000/v1', {HTTP_PROXY: 'http://p:1'}, null],
  ['http://localhost:8000/v1', {HTTP_PROXY: 'http://p:1'}, null],
  ['http://[::1]:8000/v1', {HTTP_PROXY: 'http://p:1'}, null],
  ['http://a.example.org/v1', {HTTP_PROXY: 'http://p:1', NO_PROXY: 'example.org'}, null],
  ['http://a.example.org/v1', {HTTP_PROXY: 'http://p:1', NO_PROXY: 'x, .example.org'}, null],
  ['http://a.example.org/v1', {HTTP_PROXY: 'http://p:1', no_proxy: '*.example.org'}, null],
  ['http://badexample.org/v1', {HTTP_PROXY: 'http://p:1', NO_PROXY: 'example.org'}, 'p:1'],
  ['http://h:8000/v1', {HTTP_PROXY: 'http://p:1', NO_PROXY: 'h:8000'}, null],
  ['http://h:8000/v1', {HTTP_PROXY: 'http://p:1', NO_PROXY: 'h:9'}, 'p:1'],
  ['http://10.1.2.3:8000/v1', {HTTP_PROXY: 'http://p:1', NO_PROXY: '10.0.0.0/8'}, null],
  ['http://11.1.2.3:8000/v1', {HTTP_PROXY: 'http://p:1', NO_PROXY: '10.0.0.0/8'}, 'p:1'],
  ['http://h/v1', {HTTP_PROXY: 'http://p:1', NO_PROXY: '*'}, null],
];

test.each(PROXIED)('%s with %j goes through %s', (url, env, proxy) => {
  expect(proxyFor(url, env)?.url.host ?? null).toBe(proxy);
});

test('a proxy that is none is refused by its variable, without what it holds', () => {
  for (const value of ['ftp://p', 'http://user:hush@', 'http://']) {
    const go = (): unknown => proxyFor('https://h', {HTTPS_PROXY: value});
    expect(go).toThrow(/'HTTPS_PROXY' holds no address of a proxy/);
    expect(go).not.toThrow(/hush/);
  }
});

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

/** A proxy of the common kind: forwards whole addresses, tunnels CONNECT; every host name leads to the one server. */
async function startProxy(
  target: string,
  refuses = false,
): Promise<{url: string; seen: string[]; authorizations: unknown[]}> {
  const seen: string[] = [];
  const authorizations: unknown[] = [];
  const {port} = new URL(target);
  const server = createServer((incoming, response) => {
    seen.push(`${incoming.method} ${incoming.url}`);
    authorizations.push(incoming.headers['proxy-authorization']);
    const {pathname, search} = new URL(incoming.url ?? '');
    const onward = httpRequest(
      {host: '127.0.0.1', port, path: pathname + search, method: incoming.method, headers: incoming.headers},
      answer => {
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(response);
      },
    );
    incoming.pipe(onward);
  });
  server.on('connect', (incoming, socket) => {
    seen.push(`CONNECT ${incoming.url}`);
    authorizations.push(incoming.headers['proxy-authorization']);
    if (refuses) {
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
      return;
    }
    const onward = connect(Number(port), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      onward.pipe(socket).pipe(onward);
    });
    onward.on('error', () => socket.destroy());
    socket.on('error', () => onward.destroy());
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  open.push(
    () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  return {url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen, authorizations};
}

test('calls go through the proxy of HTTP_PROXY with the whole address, its password in a header', async () => {
  const stub = await startStub(() => completion({content: ANSWER}));
  open.push(() => stub.close());
  const proxy = await startProxy(stub.url);
  const env = {HTTP_PROXY: proxy.url.replace('http://', 'http://me:hush%21@')};
  const backend = await createBackend(
    {backend: 'openai', model_name: 'm', api_config: {base_url: 'http://models.example:8000/v1'}},
    {env, clock: systemClock, connections: 2},
  );
  open.push(() => backend.close());
  const request = {requestId: 'r', system: 's', user: 'u', sampling: {temperature: 0, max_tokens: 9}};
  expect((await backend.complete(request, new AbortController().signal)).kind).toBe('reply');
  expect(proxy.seen).toEqual(['POST http://models.example:8000/v1/chat/completions']);
  expect(proxy.authorizations).toEqual([`Basic ${Buffer.from('me:hush!').toString('base64')}`]);
  expect(stub.seen[0]!.headers).toMatchObject({host: 'models.example:8000'});
});

test('a proxy is asked for a tunnel to what is encrypted; one that refuses, or is not there, is named without its password', async () => {
  const stub = await startStub(() => completion({content: ANSWER}));
  open.push(() => stub.close());
  const proxy = await startProxy(stub.url, true);
  const ask = async (address: string): Promise<string> => {
    const backend = await createBackend(
      {backend: 'openai', model_name: 'm', api_config: {base_url: 'https://models.example/v1', timeout_seconds: 20}},
      {env: {HTTPS_PROXY: address.replace('http://', 'http://me:hush@')}, clock: systemClock, connections: 1},
    );
    const failure = await backend.check(new AbortController().signal);
    await backend.close();
    expect(failure?.reason).toBe('unreachable');
    return failure?.error.message ?? '';
  };
  const refused = await ask(proxy.url);
  expect(proxy.seen).toEqual(['CONNECT models.example:443']);
  expect(refused).toContain(`through the proxy ${proxy.url} of $HTTPS_PROXY`);
  expect(refused).toMatch(/proxy makes no connection.*403/);
  const absent = await ask('http://127.0.0.1:1');
  expect(absent).toContain('through the proxy http://127.0.0.1:1 of $HTTPS_PROXY');
  expect(refused + absent).not.toContain('hush');
});

test('what a tunnel leads to speaks first to us', async () => {
  // A server without TLS behind a tunnel: the tunnel stands, the handshake cannot succeed.
  const stub = await startStub(() => ({body: {}}));
  open.push(() => stub.close());
  const proxy = await startProxy(stub.url);
  const transport = createTransport({
    connections: 1,
    timeoutMs: 20_000,
    proxy: {url: new URL(proxy.url), variable: 'HTTPS_PROXY'},
  });
  open.push(() => transport.close());
  const signal = new AbortController().signal;
  await expect(transport.send('https://models.example/v1', {signal})).rejects.toMatchObject({reason: 'unreachable'});
  expect(proxy.seen).toEqual(['CONNECT models.example:443']);
});
