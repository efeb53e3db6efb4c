import {once} from 'node:events';
import {createServer, request as httpRequest, type RequestListener, type ServerResponse} from 'node:http';
import {connect, type AddressInfo} from 'node:net';
import {gzipSync} from 'node:zlib';
import {afterEach, describe, expect, test} from 'vitest';

import {createBackend} from '../../../src/backend/backends.ts';
import {createTransport, type Call, type Transport} from '../../../src/backend/http/transport.ts';
import {systemClock} from '../../../src/core/clock.ts';
import {ANSWER, completion, startStub} from '../../support/servers/stub.ts';

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

/** Starts a server and returns its address. */
async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  open.push(
    () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function transport({connections = 1, timeoutMs = 60_000} = {}): Transport {
  const made = createTransport({connections, timeoutMs});
  open.push(() => made.close());
  return made;
}

const call = (more: Partial<Call> = {}): Call => ({signal: new AbortController().signal, ...more});

test('a call arrives as it is, and its answer comes whole, whatever its status', async () => {
  const stub = await startStub(() => ({status: 418, headers: {'X-Kind': 'Teapot'}, body: '\uFEFF{"a": 1}'}));
  open.push(() => stub.close());
  const to = transport();
  const answer = await to.send(`${stub.url}/v1/x?y=1`, call({method: 'POST', headers: {'x-a': 'b'}, body: '{"q": 2}'}));
  expect(answer).toMatchObject({status: 418, ok: false});
  expect(answer.header('x-kind')).toBe('Teapot');
  expect(answer.header('x-none')).toBeNull();
  // A byte order mark is no part of JSON.
  expect(answer.body).toBe('{"a": 1}');
  await to.send(stub.url, call());
  expect(stub.seen).toMatchObject([
    {method: 'POST', path: '/v1/x?y=1', headers: {'x-a': 'b'}, body: {q: 2}},
    {method: 'GET', path: '/', body: undefined},
  ]);
});

describe('the deadline of a call', () => {
  test('holds for the whole answer, so that a server that drips does not hold us', async () => {
    const timers: NodeJS.Timeout[] = [];
    const url = await serve((_request, response) => {
      timers.push(setInterval(() => response.write('x'), 10));
    });
    await expect(transport({timeoutMs: 300}).send(url, call())).rejects.toMatchObject({
      reason: 'timeout',
      message: 'no complete answer within 0.3 s (timeout_seconds)',
    });
    timers.forEach(clearInterval);
  });

  test('can be a call’s own', async () => {
    const url = await serve(() => undefined);
    await expect(transport().send(url, call({timeoutMs: 100}))).rejects.toMatchObject({reason: 'timeout'});
  });

  test('counts the wait for a connection', async () => {
    const waiting: ServerResponse[] = [];
    let arrived: () => void = () => undefined;
    const allArrived = new Promise<void>(resolve => (arrived = resolve));
    const url = await serve((_request, response) => {
      if (waiting.push(response) === 3) arrived();
    });
    const to = transport({connections: 1});
    // One call may be in flight, with two looks at the server beside it.
    const first = [1, 2, 3].map(() => to.send(url, call()));
    await allArrived;
    await expect(to.send(url, call({timeoutMs: 100}))).rejects.toMatchObject({reason: 'timeout'});
    expect(waiting).toHaveLength(3);
    for (const response of waiting) response.end();
    expect((await Promise.all(first)).map(({status}) => status)).toEqual([200, 200, 200]);
  });
});

describe('an answer that is too long', () => {
  test('is refused and its connection cut', async () => {
    let cut: Promise<unknown> | undefined;
    const url = await serve((_request, response) => {
      cut = once(response, 'close');
      const more = (): void => {
        if (!response.destroyed) response.write('x'.repeat(100_000), () => setImmediate(more));
      };
      more();
    });
    await expect(transport().send(url, call({maxBytes: 1024 * 1024}))).rejects.toMatchObject({
      reason: 'nonsense',
      message: 'the answer is longer than 1 MB',
    });
    await cut;
  });

  test('is refused too if only its compressed form is short', async () => {
    const url = await serve((_request, response) => {
      response.writeHead(200, {'content-encoding': 'gzip'}).end(gzipSync('x'.repeat(2_000_000)));
    });
    await expect(transport().send(url, call({maxBytes: 1024 * 1024}))).rejects.toMatchObject({
      reason: 'nonsense',
      message: expect.stringContaining('cannot be decompressed'),
    });
  });
});

describe('giving up', () => {
  test('cuts the connections of a signal’s calls, and of no other’s', async () => {
    const responses: ServerResponse[] = [];
    let arrived: () => void = () => undefined;
    const allArrived = new Promise<void>(resolve => (arrived = resolve));
    const url = await serve((_request, response) => {
      if (responses.push(response) === 3) arrived();
    });
    const to = transport({connections: 3});
    const [mine, others] = [new AbortController(), new AbortController()];
    const given = [1, 2].map(() => to.send(url, call({signal: mine.signal, headers: {'x-who': 'mine'}})));
    const kept = to.send(url, call({signal: others.signal}));
    await allArrived;
    const isMine = ({req}: ServerResponse): boolean => req.headers['x-who'] === 'mine';
    const cut = responses.filter(isMine).map(response => once(response, 'close'));
    mine.abort();
    for (const each of given) await expect(each).rejects.toMatchObject({reason: 'aborted', message: 'given up'});
    await Promise.all(cut);
    responses.find(response => !isMine(response))!.end('well');
    expect((await kept).body).toBe('well');
  });

  test('before a call sends nothing', async () => {
    const stub = await startStub(() => ({body: {}}));
    open.push(() => stub.close());
    const sent = transport().send(stub.url, call({signal: AbortSignal.abort()}));
    await expect(sent).rejects.toMatchObject({reason: 'aborted'});
    expect(stub.seen).toEqual([]);
  });

  test('everything closes the backend: calls in flight, and those that come later, end', async () => {
    let arrived: () => void = () => undefined;
    const hasArrived = new Promise<void>(resolve => (arrived = resolve));
    const url = await serve(() => arrived());
    const to = transport();
    const inFlight = to.send(url, call());
    await hasArrived;
    const ended = expect(inFlight).rejects.toMatchObject({reason: 'aborted', message: 'the backend was closed'});
    await to.close();
    await to.close();
    await ended;
    await expect(to.send(url, call())).rejects.toMatchObject({reason: 'aborted'});
  });
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
