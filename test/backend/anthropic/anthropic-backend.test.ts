import {afterEach, describe, expect, test} from 'vitest';

import {AnthropicBackend} from '../../../src/backend/anthropic/anthropic-backend.ts';
import type {AnthropicModel} from '../../../src/backend/anthropic/anthropic-schema.ts';
import type {ChatFailure} from '../../../src/backend/backend.ts';
import {systemClock} from '../../../src/core/clock.ts';
import * as anthropic from '../../support/servers/anthropic.ts';
import {ANSWER, startStub, type StubReply, type StubRequest} from '../../support/servers/stub.ts';
import {ask} from '../ask-stub.ts';

type Api = NonNullable<AnthropicModel['api_config']>;

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

function makeBackend(api_config: Api, env: Record<string, string> = {}): AnthropicBackend {
  const model: AnthropicModel = {backend: 'anthropic', model_name: 'm', api_config};
  const backend = new AnthropicBackend(model, {env, clock: systemClock, connections: 1}, () => ({}));
  open.push(() => backend.close());
  return backend;
}

async function check(reply: StubReply): Promise<{failure: ChatFailure | null; seen: readonly StubRequest[]}> {
  const stub = await startStub(() => reply);
  open.push(() => stub.close());
  const backend = makeBackend({base_url: `${stub.url}/v1`, api_key_env: 'MY_KEY'}, {MY_KEY: 'hush-key'});
  return {failure: await backend.check(new AbortController().signal), seen: stub.seen};
}

test('a call goes to /v1/messages with the key in its header and the version of the interface', async () => {
  const {chats} = await ask('anthropic', anthropic.message([{type: 'text', text: ANSWER}], 'end_turn'), {
    env: {ANTHROPIC_API_KEY: 'hush-key'},
  });
  expect(chats[0]).toMatchObject({
    path: '/v1/messages',
    headers: {
      'x-api-key': 'hush-key',
      'anthropic-version': '2023-06-01',
      'x-request-id': 'r',
      'content-type': 'application/json',
    },
  });
  expect(chats[0]!.headers).not.toHaveProperty('authorization');
});

test('a backend needs a key, a name, and an address that is one', () => {
  expect(() => makeBackend({})).toThrow(expect.objectContaining({code: 'api-key-missing'}));
  const nameless = (): unknown =>
    new AnthropicBackend({backend: 'anthropic'}, {env: {}, clock: systemClock, connections: 1}, () => ({}));
  expect(nameless).toThrow(expect.objectContaining({code: 'config-invalid'}));
});

describe('before the first request', () => {
  test.each([200, 404, 405])('a server that answers %i for its models is well', async status => {
    const {failure, seen} = await check({status, body: {data: []}});
    expect(failure).toBeNull();
    expect(seen[0]).toMatchObject({method: 'GET', path: '/v1/models', headers: {'x-api-key': 'hush-key'}});
  });

  test('a key that is refused is named', async () => {
    const {failure} = await check({
      status: 401,
      body: {type: 'error', error: {type: 'authentication_error', message: 'invalid x-api-key hush-key'}},
    });
    expect(failure).toMatchObject({reason: 'unauthorized', hint: 'The key came from $MY_KEY.'});
    expect(failure?.error.message).toBe('API request failed (401): invalid x-api-key ***');
  });

  test('a server that is not there is told', async () => {
    const failure = await makeBackend({base_url: 'http://127.0.0.1:1'}).check(new AbortController().signal);
    expect(failure).toMatchObject({reason: 'unreachable'});
    expect(failure?.error.message).toContain('http://127.0.0.1:1: nothing listens there');
  });
});

describe('a reply', () => {
  test('counts what was read from the cache and written to it as prompt', async () => {
    const usage = {input_tokens: 20, cache_read_input_tokens: 300, cache_creation_input_tokens: 4, output_tokens: 12};
    const reply = anthropic.message([{type: 'text', text: ANSWER}], 'end_turn', {usage});
    expect((await ask('anthropic', reply)).outcome).toMatchObject({
      kind: 'reply',
      text: ANSWER,
      promptTokens: 324,
      responseTokens: 12,
      servedModel: 'm',
      finishReason: 'end_turn',
      ending: 'complete',
    });
  });

  test('is the text of all its parts, its thoughts apart', async () => {
    const parts = [
      {type: 'thinking', thinking: 'Hm.'},
      {type: 'text', text: '{"a": '},
      {type: 'text', text: '1}'},
    ];
    expect((await ask('anthropic', anthropic.message(parts, 'end_turn'))).outcome).toMatchObject({
      text: '{"a": 1}',
      reasoningText: 'Hm.',
    });
  });

  test('that declines gives its words, or the explanation beside it', async () => {
    const spoken = anthropic.message([{type: 'text', text: 'I cannot.'}], 'refusal');
    expect((await ask('anthropic', spoken)).outcome).toMatchObject({ending: 'refused', refusal: 'I cannot.'});
    const silent = anthropic.message([], 'refusal', {stop_details: {explanation: 'Against the policy.'}});
    expect((await ask('anthropic', silent)).outcome).toMatchObject({ending: 'refused', refusal: 'Against the policy.'});
  });

  test('is cut at max_tokens, or below it by the context', async () => {
    const cut = (output_tokens: number): StubReply =>
      anthropic.message([{type: 'text', text: '{'}], 'max_tokens', {usage: {input_tokens: 1, output_tokens}});
    expect((await ask('anthropic', cut(100))).outcome).toMatchObject({ending: 'max-tokens'});
    expect((await ask('anthropic', cut(31))).outcome).toMatchObject({ending: 'context-full'});
    const request = {reference: true} as const;
    expect((await ask('anthropic', cut(31), {request})).outcome).toMatchObject({ending: 'max-tokens'});
    const full = (await ask('anthropic', anthropic.contextFull, {request})).outcome;
    expect(full).toMatchObject({ending: 'complete'});
  });

  test('without content is none', async () => {
    const {outcome} = await ask('anthropic', {body: {id: 'msg_1', content: 'x'}});
    expect(outcome).toMatchObject({kind: 'failure', reason: 'nonsense'});
    expect(outcome.kind === 'failure' && outcome.error.message).toContain('the answer holds no content');
  });
});
