import {expect, test} from 'vitest';

import {apiAddress, keyHeaders} from '../../../src/backend/http/api-address.ts';
import * as azure from '../../support/servers/azure.ts';
import {ANSWER, completion} from '../../support/servers/stub.ts';
import {ask} from '../ask-stub.ts';

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

test('what lies beside /v1 is found from any base, with the base’s query', () => {
  expect(apiAddress('http://h:1/v1/chat/completions').beside('health')).toBe('http://h:1/health');
  expect(apiAddress('http://h:1').beside('metrics')).toBe('http://h:1/metrics');
  expect(apiAddress('https://h/x/v1?api-version=1').beside('health')).toBe('https://h/x/health?api-version=1');
});

test('messages name the base without its query', () => {
  expect(apiAddress('https://h/openai/deployments/d?api-version=1').base).toBe('https://h/openai/deployments/d');
});
