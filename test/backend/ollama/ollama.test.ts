import {expect, test} from 'vitest';

import type {ChatRequest} from '../../../src/backend/backend.ts';
import {createBackend} from '../../../src/backend/backends.ts';
import {isPromptCut} from '../../../src/backend/ollama/ollama-context.ts';
import {parseOllamaHost} from '../../../src/backend/ollama/ollama-host.ts';
import {systemClock} from '../../../src/core/clock.ts';
import * as ollama from '../../support/servers/ollama.ts';
import {ANSWER, startStub, type StubReply, type StubRequest} from '../../support/servers/stub.ts';
import {ask} from '../ask-stub.ts';

const chat = ollama.chat({content: ANSWER});

test('/api/chat says that nothing may be cut, and whether to think; a format only where the config asks for one', async () => {
  const {chats} = await ask('ollama', chat, {model: {ollama_config: {num_ctx: 2048, keep_alive: '5m'}}});
  expect(chats[0]).toMatchObject({
    path: '/api/chat',
    body: {
      model: 'm',
      messages: [{role: 'system', content: 'You are careful.'}, {role: 'user'}],
      stream: false,
      truncate: false,
      shift: false,
      think: false,
      options: {temperature: 0.7, num_predict: 100, num_ctx: 2048},
      keep_alive: '5m',
    },
  });
  expect(chats[0]!.body).not.toHaveProperty('format');
  const schema = await ask('ollama', chat, {
    request: {answerSchema: {type: 'object'}},
    model: {ollama_config: {think: 'high'}},
  });
  expect(schema.chats[0]!.body).toMatchObject({format: {type: 'object'}, think: 'high'});
  const thinks = await ask('ollama', chat, {
    request: {sampling: {temperature: 0, max_tokens: 9, enable_thinking: true}},
  });
  expect(thinks.chats[0]!.body.think).toBe(true);
});

test('under reference the call is the older one', async () => {
  const {chats, outcome} = await ask('ollama', {body: {response: ANSWER, eval_count: 9}}, {request: {reference: true}});
  expect(chats[0]!.path).toBe('/api/generate');
  expect(chats[0]!.body).toMatchObject({format: 'json', stream: false, options: {temperature: 0.7, num_predict: 100}});
  expect(chats[0]!.body).not.toHaveProperty('truncate');
  expect(outcome).toMatchObject({kind: 'reply', text: ANSWER});
});

const withContext =
  (reply: StubReply, size?: number) =>
  ({path}: StubRequest): StubReply =>
    path === '/api/ps' ? (size === undefined ? {status: 404, body: '404 page not found'} : ollama.loaded(size)) : reply;

const counted = (prompt_eval_count: number, eval_count = 12): StubReply =>
  ollama.chat({content: ANSWER}, {prompt_eval_count, eval_count});

const CUT: readonly (readonly [string, StubReply, number | undefined, number | undefined])[] = [
  ['256 of 256, as Ollama 0.17.4 counted', ollama.cutPrompt, 256, undefined],
  ['2047 of 2048', counted(2047), 2048, undefined],
  ['2048 of a context that only the server knows', counted(2048), undefined, 2048],
  ['a context that the server made smaller', counted(2048), 8192, 2048],
  ['2047, and nobody tells the context', counted(2047), undefined, undefined],
  ['shifted while writing', ollama.shifted, 64, undefined],
];

test.each(CUT)(
  'a prompt that was cut all the same is no answer, and said once: %s',
  async (_title, reply, num_ctx, loaded) => {
    const model = num_ctx === undefined ? {} : {ollama_config: {num_ctx}};
    const {outcomes, notices, seen} = await ask('ollama', withContext(reply, loaded), {model, times: 2});
    expect(outcomes).toMatchObject([{ending: 'prompt-truncated'}, {ending: 'prompt-truncated'}]);
    expect(notices).toEqual([
      expect.stringMatching(/^warning: m: Ollama cut the prompt: .* Raise ollama_config\.num_ctx/),
    ]);
    expect(seen.filter(({path}) => path === '/api/ps')).toHaveLength(1);
  },
);

test('a prompt that fits is not suspected: a small count of an older cache, a full context, a usual size in a large one', async () => {
  const small = await ask('ollama', withContext(counted(0)), {model: {ollama_config: {num_ctx: 2048}}});
  expect(small.outcome).toMatchObject({ending: 'complete'});
  const full = await ask('ollama', withContext(ollama.contextFull, 64), {model: {ollama_config: {num_ctx: 64}}});
  expect(full.outcome).toMatchObject({ending: 'context-full'});
  const usual = await ask('ollama', withContext(counted(2048), 8192));
  expect(usual.outcome).toMatchObject({ending: 'complete'});
  expect(usual.notices).toEqual([]);
});

test('a prompt of more characters than any tokens of the context can hold was cut, whatever is counted', () => {
  expect(isPromptCut({promptTokens: 1100, responseTokens: 9, characters: 20_000, numCtx: 2048})).toBe(true);
  expect(isPromptCut({promptTokens: 1100, responseTokens: 9, characters: 8_000, numCtx: 2048})).toBe(false);
});

test('a prompt that is refused as too long is full context; a model that cannot think says what to set', async () => {
  const long = await ask('ollama', ollama.promptTooLong);
  expect(long.outcome).toMatchObject({kind: 'failure', reason: 'context-full', retryable: false});
  const thoughtless = await ask('ollama', ollama.doesNotThink, {model: {ollama_config: {think: true}}});
  expect(thoughtless.outcome).toMatchObject({kind: 'failure', hint: expect.stringContaining('ollama_config.think')});
  expect(thoughtless.chats).toHaveLength(1);
  const missing = await ask('ollama', ollama.noSuchModel);
  expect(missing.outcome).toMatchObject({
    reason: 'model-missing',
    error: {message: expect.stringContaining('ollama pull m')},
  });
});

const HOSTS: readonly (readonly [string, string | undefined])[] = [
  ['gpu01', 'http://gpu01:11434'],
  ['gpu01:8080', 'http://gpu01:8080'],
  ['0.0.0.0', 'http://127.0.0.1:11434'],
  ['0.0.0.0:80', 'http://127.0.0.1:80'],
  [':11435', 'http://127.0.0.1:11435'],
  ['10.1.2.3', 'http://10.1.2.3:11434'],
  ['http://gpu01', 'http://gpu01'],
  ['https://ollama.example.org', 'https://ollama.example.org'],
  ['https://ollama.example.org:8443/ollama/', 'https://ollama.example.org:8443/ollama'],
  ['gpu01:8080/path', 'http://gpu01:8080/path'],
  ['::1', 'http://[::1]:11434'],
  ['[::1]:8080', 'http://[::1]:8080'],
  ['[::]:8080', 'http://127.0.0.1:8080'],
  ['"gpu01:1"', 'http://gpu01:1'],
  [' gpu01 ', 'http://gpu01:11434'],
  ['gpu01:99999', 'http://gpu01:11434'],
  ['', undefined],
  ['   ', undefined],
];

test.each(HOSTS)('OLLAMA_HOST=%j is %s', (value, url) => expect(parseOllamaHost(value)).toBe(url));

test('OLLAMA_HOST is used where the config names no address, and said; its password is in no message', async () => {
  const stub = await startStub(withContext(chat));
  const notices: string[] = [];
  const host = stub.url.replace('http://', 'http://me:hush-hush@');
  const backend = await createBackend(
    {backend: 'ollama', model_name: 'm'},
    {
      env: {OLLAMA_HOST: host},
      clock: systemClock,
      connections: 1,
      onNotice: (text, kind) => notices.push(`${kind}: ${text}`),
    },
  );
  const request: ChatRequest = {requestId: 'r', system: 's', user: 'u', sampling: {temperature: 0, max_tokens: 9}};
  const outcome = await backend.complete(request, new AbortController().signal);
  await stub.close();
  const failure = await backend.check(new AbortController().signal);
  await backend.close();
  expect(outcome.kind).toBe('reply');
  expect(stub.seen[0]!.headers.authorization).toBe(`Basic ${Buffer.from('me:hush-hush').toString('base64')}`);
  expect(notices).toEqual([`news: m: served by Ollama at ${stub.url} (from $OLLAMA_HOST)`]);
  expect(failure?.error.message).toContain('from $OLLAMA_HOST');
  expect(failure?.error.message).not.toContain('hush');
});
