import {createServer, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import {afterEach, describe, expect, test} from 'vitest';

import type {Backend} from '../../../src/backend/backend.ts';
import {OpenAiCompatibleBackend, type OpenAiDialect} from '../../../src/backend/openai/openai-compatible.ts';
import {parseServerLoad} from '../../../src/backend/server/server-metrics.ts';
import {systemClock} from '../../../src/core/clock.ts';
import * as llama from '../../support/servers/llama.cpp.ts';
import {ANSWER, completion, startStub, type StubReply, type StubRequest} from '../../support/servers/stub.ts';
import * as vllm from '../../support/servers/vllm-0.33.ts';

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

const KEY = 'hush-hush-key';
const REQUEST = {requestId: 'r', system: 's', user: 'u', sampling: {temperature: 0, max_tokens: 9}};
const signal = new AbortController().signal;

/** Answers of a server by path; a path without one gets 404. */
type Paths = Readonly<Record<string, StubReply | ((seen: StubRequest) => StubReply)>>;

interface Served {
  readonly backend: Backend;
  /** The base of the model's address. */
  readonly base: string;
  /** Method and path of what the server got. */
  readonly calls: () => string[];
  readonly seen: readonly StubRequest[];
}

/** Makes a backend of a dialect for a server on a real socket. */
async function serve(paths: Paths, dialect: Partial<OpenAiDialect> = {}): Promise<Served> {
  const stub = await startStub(seen => {
    const reply = paths[seen.path.split('?')[0] ?? ''] ?? {status: 404, body: {error: {message: 'Not Found'}}};
    return typeof reply === 'function' ? reply(seen) : reply;
  });
  open.push(() => stub.close());
  return {
    backend: makeBackend(`${stub.url}/v1`, dialect),
    base: `${stub.url}/v1`,
    calls: () => stub.seen.map(({method, path}) => `${method} ${path}`),
    seen: stub.seen,
  };
}

function makeBackend(baseUrl: string, dialect: Partial<OpenAiDialect> = {}): Backend {
  const backend = new OpenAiCompatibleBackend(
    {
      model: {backend: 'openai', model_name: 'm'},
      name: 'm',
      baseUrl,
      apiKey: {value: KEY, secrets: [KEY], hint: 'check the key'},
      timeoutMs: 60_000,
      ...dialect,
    },
    {env: {}, clock: systemClock, connections: 2},
    ({user}) => ({model: 'm', messages: [{role: 'user', content: user}], max_tokens: 9}),
  );
  open.push(() => backend.close());
  return backend;
}

const list = (...models: (string | object)[]): StubReply => ({
  body: {object: 'list', data: models.map(model => (typeof model === 'string' ? {id: model} : model))},
});
const dead: StubReply = {status: 503, body: ''};

describe('before the first request', () => {
  test('a server that lists the model is well, and is asked with the key', async () => {
    const {backend, seen} = await serve({'/v1/models': list('other', 'm')}, {listsAll: true});
    expect(await backend.check(signal)).toBeNull();
    expect(seen[0]!.headers.authorization).toBe(`Bearer ${KEY}`);
  });

  test('a model that is not listed is missing where a server lists all that it serves', async () => {
    const paths = {'/v1/models': list('a', 'b')};
    const own = await serve(paths, {listsAll: true});
    const failure = await own.backend.check(signal);
    expect(failure).toMatchObject({reason: 'model-missing', retryable: false});
    expect(failure?.error.message).toBe(`${own.base} does not serve m; it serves: a, b`);
    // Hosted ones leave out aliases.
    expect(await (await serve(paths)).backend.check(signal)).toBeNull();
  });

  test.each([404, 405])('a list that does not exist (%i) says nothing of a hosted server', async status => {
    const paths = {'/v1/models': {status, body: 'no'}};
    expect(await (await serve(paths)).backend.check(signal)).toBeNull();
    expect(await (await serve(paths, {listsAll: true})).backend.check(signal)).not.toBeNull();
  });

  test('an address without a list is doubted where a server must have one', async () => {
    const {backend, base} = await serve({}, {listsAll: true});
    expect((await backend.check(signal))?.error.message).toBe(
      `${base} has no list of models (404). Does base_url end in /v1?`,
    );
  });

  test('a key that is refused is named, and where it was refused', async () => {
    const refusal = {status: 401, body: {error: {message: `Incorrect API key provided: ${KEY}`}}};
    const {backend, base} = await serve({'/v1/models': refusal});
    const failure = await backend.check(signal);
    expect(failure).toMatchObject({reason: 'unauthorized', hint: 'check the key'});
    expect(failure?.error.message).toContain(`(GET ${base}/models)`);
    expect(JSON.stringify(failure)).not.toContain(KEY);
  });

  test('a list of models may be of any size', async () => {
    const models = Array.from({length: 60_000}, (_, i) => ({id: `model-${i}`, description: 'x'.repeat(80)}));
    const {backend} = await serve({'/v1/models': list(...models, 'm')}, {listsAll: true});
    expect(await backend.check(signal)).toBeNull();
  });

  test('a server that is not there is told how to start', async () => {
    const message = async (dialect: Partial<OpenAiDialect>): Promise<string | undefined> =>
      (await makeBackend('http://127.0.0.1:1/v1', dialect).check(signal))?.error.message;
    expect(await message({startHint: 'serve it'})).toMatch(
      /^API request failed: http:\/\/127\.0\.0\.1:1\/v1: nothing listens there \(ECONNREFUSED\)\. Is it running\? Start it with: serve it$/,
    );
    expect(await message({})).toMatch(/\. Is api_config\.base_url right\?$/);
  });
});

describe('the health of a server', () => {
  const health = {healthPath: 'health', listsAll: true};

  test('503 is a dead engine, unless it says that it loads the model', async () => {
    const gone = await serve({'/health': dead, '/v1/models': list('m')}, health);
    const failure = await gone.backend.check(signal);
    expect(failure).toMatchObject({reason: 'engine-dead', retryable: true});
    expect(failure?.error.message).toContain('the engine is dead (/health answers 503)');
    expect(gone.calls()).toEqual(['GET /health']);
    const loading = await serve({'/health': llama.loading}, health);
    expect(await loading.backend.check(signal)).toMatchObject({reason: 'loading'});
  });

  test.each([200, 404, 500])('%i says nothing against it', async status => {
    const {backend} = await serve({'/health': {status, body: ''}, '/v1/models': list('m')}, health);
    expect(await backend.check(signal)).toBeNull();
  });

  test('tells what a 500 without an engine’s name means', async () => {
    const {backend, calls} = await serve({'/health': dead, '/v1/chat/completions': vllm.engineError}, health);
    const outcome = await backend.complete(REQUEST, signal);
    expect(outcome).toMatchObject({kind: 'failure', reason: 'engine-dead', retryable: true});
    expect(outcome.kind === 'failure' && outcome.error.message).toMatch(
      /The server had an error while processing your request\. \(.*the engine is dead/,
    );
    expect(calls()).toEqual(['POST /v1/chat/completions', 'GET /health']);
  });

  test('is looked at once for calls that fail together', async () => {
    const looks: ServerResponse[] = [];
    let [looked, answered] = [(): void => undefined, (): void => undefined];
    const firstLook = new Promise<void>(resolve => (looked = resolve));
    const secondAnswer = new Promise<void>(resolve => (answered = resolve));
    let chats = 0;
    const server = createServer((request, response) => {
      if (request.url === '/health') {
        looks.push(response);
        looked();
      } else if (request.method === 'POST') {
        if (++chats === 2) response.on('finish', answered);
        response.writeHead(500).end(JSON.stringify(vllm.engineError.body));
      } else response.end('vllm:num_requests_running 1\nvllm:num_requests_waiting 0\n');
    });
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    open.push(() => new Promise(resolve => server.close(() => resolve())));
    const {port} = server.address() as AddressInfo;
    const backend = makeBackend(`http://127.0.0.1:${port}/v1`, {...health, load: parseServerLoad});
    const first = backend.complete(REQUEST, signal);
    await firstLook;
    const second = backend.complete(REQUEST, signal);
    await secondAnswer;
    // What comes back from a later call comes after the second answer.
    expect(await backend.load?.(signal)).not.toBeNull();
    for (const look of looks) look.writeHead(503).end();
    expect(await Promise.all([first, second])).toMatchObject([{reason: 'engine-dead'}, {reason: 'engine-dead'}]);
    expect(looks).toHaveLength(1);
    await backend.close();
  });

  test('is not looked at after other failures, nor where there is none', async () => {
    const busy = {status: 503, body: {error: {message: 'server busy'}}};
    const asked = await serve({'/v1/chat/completions': busy}, health);
    expect(await asked.backend.complete(REQUEST, signal)).toMatchObject({reason: 'overloaded'});
    const without = await serve({'/v1/chat/completions': vllm.engineError});
    expect(await without.backend.complete(REQUEST, signal)).toMatchObject({reason: 'overloaded'});
    expect([...asked.calls(), ...without.calls()]).toEqual(['POST /v1/chat/completions', 'POST /v1/chat/completions']);
  });
});

describe('a call that ends with 404', () => {
  test('is told what the server serves', async () => {
    const {backend, base} = await serve({'/v1/models': list('a', 'b')});
    expect(await backend.complete(REQUEST, signal)).toMatchObject({
      reason: 'model-missing',
      hint: `${base} serves: a, b`,
    });
  });

  test('is told to look at the address where there is no list', async () => {
    const {backend, base} = await serve({});
    expect(await backend.complete(REQUEST, signal)).toMatchObject({
      hint: `Is ${base} right? The base_url of an OpenAI-compatible server usually ends in /v1.`,
    });
  });

  test('is told of the version that addresses of Azure end in', async () => {
    const {base} = await serve({});
    const backend = makeBackend(base.replace(/\/v1$/, '/openai/deployments/d'));
    expect(await backend.complete(REQUEST, signal)).toMatchObject({
      hint: expect.stringContaining('Addresses of Azure end in a version, e.g. ?api-version=2024-10-21.'),
    });
  });
});

describe('the load of a server', () => {
  const metrics: StubReply = {
    body: 'vllm:num_requests_running 3\nvllm:num_requests_waiting 1\nvllm:cache_config_info{num_gpu_blocks="1024",block_size="16"} 1\n',
  };

  test('is read from its metrics, beside /v1, with the length that its list gives', async () => {
    const paths = {'/metrics': metrics, '/v1/models': list({id: 'm', max_model_len: 4096})};
    const {backend, calls} = await serve(paths, {load: parseServerLoad});
    expect(await backend.load?.(signal)).toMatchObject({running: 3, waiting: 1, kvCapacitySequences: null});
    await backend.check(signal);
    expect(await backend.load?.(signal)).toMatchObject({kvCapacitySequences: 4});
    expect(calls()).toEqual(['GET /metrics', 'GET /v1/models', 'GET /metrics']);
  });

  test.each([401, 403, 404, 405, 501])('is not asked for again after a %i', async status => {
    const {backend, calls} = await serve({'/metrics': {status, body: ''}}, {load: parseServerLoad});
    expect(await backend.load?.(signal)).toBeNull();
    expect(await backend.load?.(signal)).toBeNull();
    expect(calls()).toHaveLength(1);
  });

  test('that was missed once is asked for again', async () => {
    let looks = 0;
    const flaky = (): StubReply => (looks++ === 0 ? {status: 500, body: ''} : metrics);
    const {backend} = await serve({'/metrics': flaky}, {load: parseServerLoad});
    expect(await backend.load?.(signal)).toBeNull();
    expect(await backend.load?.(signal)).toMatchObject({running: 3});
    expect(await makeBackend('http://127.0.0.1:1/v1', {load: parseServerLoad}).load?.(signal)).toBeNull();
  });

  test('is not asked for where nobody can read it', async () => {
    const {backend, calls} = await serve({'/metrics': metrics});
    expect(await backend.load?.(signal)).toBeNull();
    expect(calls()).toEqual([]);
  });
});

test('errors have the names of the dialect', async () => {
  const {backend} = await serve(
    {'/v1/chat/completions': {status: 400, body: {error: {message: 'bad'}}}},
    {nameError: (failure, {requestId}) => ({...failure, hint: `of ${requestId}`})},
  );
  expect(await backend.complete(REQUEST, signal)).toMatchObject({kind: 'failure', hint: 'of r'});
});

test('a reply is read, and a closed backend answers no more', async () => {
  const {backend} = await serve({'/v1/chat/completions': completion({content: ANSWER})});
  expect(await backend.complete(REQUEST, signal)).toMatchObject({kind: 'reply', text: ANSWER, promptTokens: 20});
  await backend.close();
  await backend.close();
  expect(await backend.complete(REQUEST, signal)).toMatchObject({kind: 'failure', reason: 'aborted'});
});
