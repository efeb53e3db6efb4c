import {afterEach, describe, expect, test} from 'vitest';

import {createBackend} from '../../../src/backend/backends.ts';
import {parsePrometheus} from '../../../src/backend/server/prometheus.ts';
import {questionText} from '../../../src/backend/simulated/simulated-prompt.ts';
import {
  startSimulatedServer,
  type SimulatedServer,
  type SimulatedServerOptions,
} from '../../../src/backend/simulated/simulated-server.ts';
import {systemClock} from '../../../src/core/clock.ts';

const open: SimulatedServer[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

async function serve(options: Partial<SimulatedServerOptions> = {}): Promise<string> {
  const server = await startSimulatedServer({
    host: '127.0.0.1',
    port: 0,
    slots: 4,
    models: ['m', 'n'],
    config: {},
    knowledge: new Map(),
    clock: systemClock,
    ...options,
  });
  open.push(server);
  return server.url;
}

const PROMPT = [
  'You are a nurse acting as a speaker.',
  'Context: Ann and Bob came.',
  'Question: Who was late?',
  'Choices:\nA. Ann\nB. Bob',
  '',
  'Respond with a JSON object in this exact format:\n{',
  '  "answer": "use the selected wording verbatim: "Ann" OR "Bob",\n  "rationale": "why"\n}',
].join('\n');

interface Asked {
  readonly status: number;
  readonly body: any;
}

async function ask(url: string, body: object | string = {}, init: RequestInit = {}): Promise<Asked> {
  const whole = {model: 'm', messages: [{role: 'user', content: PROMPT}], ...(typeof body === 'string' ? {} : body)};
  const text = typeof body === 'string' ? body : JSON.stringify(whole);
  const response = await fetch(`${url}/chat/completions`, {method: 'POST', body: text, ...init});
  return {status: response.status, body: await response.json()};
}

/** The values of the server's metrics, by name. */
async function metrics(url: string): Promise<Record<string, number>> {
  const text = await (await fetch(url.replace('/v1', '/metrics'))).text();
  const names = [...text.matchAll(/^(vllm:\w+)/gm)].map(([, name = '']) => name);
  const found = parsePrometheus(text, new Set(names));
  return Object.fromEntries([...found].map(([name, samples]) => [name.replace('vllm:', ''), samples[0]!.value]));
}

/** Waits until the metrics are as wanted. */
async function untilMetrics(url: string, wanted: Record<string, number>): Promise<void> {
  for (;;) {
    const found = await metrics(url);
    if (Object.entries(wanted).every(([name, value]) => found[name] === value)) return;
  }
}

const HOLDS = {config: {latency_median_ms: 3_600_000, latency_sigma: 0}};

describe('an answer', () => {
  test('is a completion of OpenAI’s form that says simulated, the same for the same request', async () => {
    const url = await serve();
    const headers = {'x-request-id': '7/t/spkr_000/0/0.0'};
    const {status, body} = await ask(url, {}, {headers});
    expect(status).toBe(200);
    expect(body).toMatchObject({
      id: 'chatcmpl-7/t/spkr_000/0/0.0',
      object: 'chat.completion',
      model: 'simulated/m',
      choices: [{index: 0, message: {role: 'assistant'}, finish_reason: 'stop'}],
    });
    const answer = JSON.parse(body.choices[0].message.content);
    expect(['Ann', 'Bob']).toContain(answer.answer);
    expect(body.usage.prompt_tokens).toBe(Math.ceil(PROMPT.length / 4));
    expect((await ask(url, {}, {headers})).body.choices).toEqual(body.choices);
  });

  test('is right where the question is known and the model accurate', async () => {
    const known = {correctText: 'Bob', stereotypedText: null};
    const knowledge = new Map([[questionText('Ann and Bob came.', 'Who was late?'), known]]);
    const url = await serve({knowledge, config: {accuracy: 1}});
    for (const seed of [1, 2, 3, 4]) {
      const {body} = await ask(url, {seed});
      expect(JSON.parse(body.choices[0].message.content).answer).toBe('Bob');
    }
  });

  test('is cut at the limit, under either name', async () => {
    const url = await serve();
    for (const limit of [{max_tokens: 2}, {max_completion_tokens: 2}]) {
      const {body} = await ask(url, limit);
      expect(body).toMatchObject({choices: [{finish_reason: 'length'}], usage: {completion_tokens: 2}});
      expect(body.choices[0].message.content).toHaveLength(8);
    }
  });

  test('keeps the shape where a format is asked for, whatever the rate of malformed ones', async () => {
    const url = await serve({config: {malformed_rate: 1}});
    const text = async (more: object): Promise<string> => (await ask(url, more)).body.choices[0].message.content;
    for (const seed of [1, 2, 3]) {
      const enforced = await text({seed, response_format: {type: 'json_object'}});
      expect(Object.keys(JSON.parse(enforced))).toEqual(['answer', 'rationale']);
      expect(await text({seed, response_format: {type: 'text'}})).not.toBe(enforced);
    }
  });

  test('is an error with status 500 at the rate of failures', async () => {
    const {status, body} = await ask(await serve({config: {failure_rate: 1}}));
    expect(status).toBe(500);
    expect(body.error).toMatchObject({message: 'simulated failure', type: 'InternalServerError', code: 500});
  });
});

test.each<[string, object | string, number, RegExp]>([
  ['no JSON', 'nonsense', 400, /not JSON/],
  ['no object', '7', 400, /not a JSON object/],
  ['no model', {model: 7}, 400, /^model: /],
  ['no messages', {messages: []}, 400, /^messages: /],
  ['a stream', {stream: true}, 400, /does not stream/],
  ['another model', {model: 'zz'}, 404, /`zz` does not exist/],
  ['too many tokens', {max_tokens: 40_000}, 400, /maximum context length is 32768 tokens/],
])('a request with %s is refused', async (_what, request, status, words) => {
  const refused = await ask(await serve(), request);
  expect(refused.status).toBe(status);
  expect(refused.body.error.message).toMatch(words);
});

test('the endpoints beside it are vLLM’s', async () => {
  const url = await serve();
  expect(await (await fetch(`${url}/models`)).json()).toMatchObject({
    data: [{id: 'm', max_model_len: 32_768}, {id: 'n'}],
  });
  expect((await fetch(url.replace('/v1', '/health'))).status).toBe(200);
  expect((await fetch(`${url}/elsewhere`)).status).toBe(404);
  const backend = await createBackend(
    {backend: 'vllm', model_path: 'm', api_config: {base_url: url}},
    {env: {}, clock: systemClock, connections: 1},
  );
  const {signal} = new AbortController();
  expect(await backend.check(signal)).toBeNull();
  expect(await backend.load?.(signal)).toEqual({
    running: 0,
    waiting: 0,
    kvCacheUse: 0,
    preemptionsTotal: 0,
    kvCapacitySequences: 4,
  });
  await backend.close();
});

describe('the queue', () => {
  test('holds what does not fit into the slots; who hangs up frees the place', async () => {
    const url = await serve({...HOLDS, slots: 2});
    const clients = [1, 2, 3, 4].map(() => new AbortController());
    const asked = clients.map(async ({signal}) => await ask(url, {}, {signal}).catch(() => 'hung up'));
    await untilMetrics(url, {num_requests_running: 2, num_requests_waiting: 2});
    expect((await metrics(url))['kv_cache_usage_perc']).toBeGreaterThan(0);
    clients[0]!.abort();
    await untilMetrics(url, {num_requests_running: 2, num_requests_waiting: 1});
    for (const client of clients) client.abort();
    expect(await Promise.all(asked)).toEqual(['hung up', 'hung up', 'hung up', 'hung up']);
    await untilMetrics(url, {num_requests_running: 0, num_requests_waiting: 0, kv_cache_usage_perc: 0});
    expect((await metrics(url))['request_success_total']).toBe(0);
  });

  test('serves everybody in the end and counts what it did', async () => {
    const url = await serve({slots: 1, config: {latency_median_ms: 2}});
    const answers = await Promise.all(Array.from({length: 20}, (_, seed) => ask(url, {seed})));
    expect(answers.map(({status}) => status)).toEqual(Array(20).fill(200));
    const sum = (name: string): number => answers.reduce((total, {body}) => total + Number(body.usage[name]), 0);
    expect(await metrics(url)).toMatchObject({
      request_success_total: 20,
      prompt_tokens_total: sum('prompt_tokens'),
      generation_tokens_total: sum('completion_tokens'),
      request_inference_time_seconds_count: 20,
    });
  });
});

test('an engine that hangs takes requests, answers none of them and stays healthy', async () => {
  const url = await serve({fault: {kind: 'hang', afterAnswers: 1}});
  expect((await ask(url)).status).toBe(200);
  const client = new AbortController();
  const hanging = ask(url, {}, {signal: client.signal}).catch(() => 'hung up');
  await untilMetrics(url, {num_requests_running: 1});
  expect((await fetch(url.replace('/v1', '/health'))).status).toBe(200);
  client.abort();
  expect(await hanging).toBe('hung up');
  await untilMetrics(url, {num_requests_running: 0, request_success_total: 1});
});
