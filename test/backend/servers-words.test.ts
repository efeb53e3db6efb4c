import {brotliCompressSync, deflateSync, gzipSync} from 'node:zlib';
import {expect, test} from 'vitest';

import * as anthropic from '../support/servers/anthropic.ts';
import * as azure from '../support/servers/azure.ts';
import * as google from '../support/servers/google.ts';
import * as llama from '../support/servers/llama.cpp.ts';
import * as ollama from '../support/servers/ollama.ts';
import {ANSWER, completion, type StubReply} from '../support/servers/stub.ts';
import * as vllm from '../support/servers/vllm-0.33.ts';
import * as vllm9 from '../support/servers/vllm-0.9.ts';
import {ask} from './ask-stub.ts';

const PAGE = '<html><head><title>503 Backend fetch failed</title></head><body><h1>Error 503</h1></body></html>';

const TOLD: readonly (readonly [
  title: string,
  backend: 'openai' | 'vllm' | 'anthropic' | 'ollama',
  reply: StubReply,
  words: RegExp,
])[] = [
  ['vLLM 0.9: a flat error', 'vllm', vllm9.promptTooLong, /maximum context length is 4096 tokens/],
  ['llama.cpp: too long', 'openai', llama.promptTooLong, /391 tokens\) exceeds the available context size/],
  ['Google: a list', 'openai', google.perMinute, /Please retry in 2\.4s/],
  ['Azure: filtered', 'openai', azure.filtered, /content management policy/],
  ['Azure: a wrong key', 'openai', azure.accessDenied, /Access token is missing/],
  ['Anthropic', 'anthropic', anthropic.twoSamplers, /cannot both be specified/],
  ['Ollama: too long', 'ollama', ollama.promptTooLong, /the input length exceeds the context length/],
  ['Azure: a wrong path', 'openai', azure.resourceNotFound, /404\): Resource not found/],
  ['llama.cpp: loading', 'openai', llama.loading, /Loading model/],
  ['vLLM: an engine that died', 'vllm', vllm.engineError, /had an error while processing your request/],
  [
    'an error page',
    'openai',
    {status: 503, headers: {'content-type': 'text/html'}, body: PAGE},
    /503 Backend fetch failed/,
  ],
  [
    'a page with status 200',
    'vllm',
    {headers: {'content-type': 'text/html'}, body: PAGE},
    /not JSON: 503 Backend fetch failed/,
  ],
  ['an empty 200', 'vllm', {body: ''}, /the answer is empty \(status 200, no body\)/],
  ['an empty 502', 'openai', {status: 502, body: ''}, /502\): no message \(the answer is empty\)/],
  ['a text with status 200', 'openai', {body: 'upstream connect error'}, /not JSON: upstream connect error/],
  [
    'a completion of nothing',
    'openai',
    {body: {id: 'x', choices: []}},
    /holds no message; the server sent: \{"id":"x"/,
  ],
  [
    'the same from vLLM',
    'vllm',
    {body: {id: 'x', choices: []}},
    /No output received from engine; the server sent: \{"id":"x"/,
  ],
  [
    'an error with status 200',
    'openai',
    {body: {error: {code: 502, message: 'provider is down'}}},
    /502\): provider is down/,
  ],
  [
    'a flat error with status 200',
    'openai',
    {body: {object: 'error', message: 'no slot', code: 503}},
    /503\): no slot/,
  ],
  [
    'OpenRouter: an error in the place of a message',
    'openai',
    {
      body: {
        choices: [
          {index: 0, finish_reason: 'error', message: {content: ''}, error: {code: 502, message: 'Upstream error'}},
        ],
      },
    },
    /502\): Upstream error/,
  ],
  [
    'FastAPI',
    'vllm',
    {status: 422, body: {detail: [{loc: ['body', 'messages'], msg: 'field required'}]}},
    /body\.messages: field required/,
  ],
  [
    'an error in a stream that nobody asked for',
    'openai',
    {
      headers: {'content-type': 'text/event-stream'},
      body: 'data: {"error": {"message": "worker died", "code": 500}}\n\n',
    },
    /worker died/,
  ],
  [
    'a stream of nothing',
    'openai',
    {headers: {'content-type': 'text/event-stream'}, body: ': ping\n\n'},
    /stream of nothing/,
  ],
  [
    'a redirection',
    'openai',
    {status: 308, headers: {location: 'https://x.example/v1'}, body: ''},
    /sends us on to https:\/\/x\.example/,
  ],
];

test.each(TOLD)('the words of the server are told: %s', async (_title, backend, reply, words) => {
  const {outcome} = await ask(backend, reply);
  expect(outcome.kind).toBe('failure');
  if (outcome.kind === 'failure') expect(outcome.error.message).toMatch(words);
});

test('a stream that nobody asked for is put together', async () => {
  const text = '{"answer": "Bob", "rationale": "r"}';
  const {outcome, chats} = await ask('anthropic', anthropic.streamed(text));
  expect(chats[0]!.body.stream).toBe(false);
  expect(outcome).toMatchObject({
    kind: 'reply',
    text,
    reasoningText: 'Let me see.',
    ending: 'complete',
    responseTokens: 15,
  });
  expect((await ask('ollama', ollama.streamed)).outcome).toMatchObject({
    kind: 'reply',
    text: '{"answer": "Bob"}',
    ending: 'complete',
    promptTokens: 9,
  });
  const chunk = (delta: object, finish: string | null = null): string =>
    `data: ${JSON.stringify({object: 'chat.completion.chunk', model: 'm', choices: [{index: 0, delta, finish_reason: finish}]})}\n\n`;
  const whole = chunk({role: 'assistant', content: ''}) + chunk({reasoning_content: 'Hm.'}) + chunk({content: text});
  const body = `${whole}${chunk({}, 'stop')}data: {"choices": [], "usage": {"prompt_tokens": 4, "completion_tokens": 5}}\n\ndata: [DONE]\n\n`;
  for (const headers of [{'content-type': 'text/event-stream'}, {'content-type': 'application/json'}]) {
    expect((await ask('openai', {headers, body})).outcome).toMatchObject({
      kind: 'reply',
      text,
      reasoningText: 'Hm.',
      ending: 'complete',
      promptTokens: 4,
      responseTokens: 5,
    });
  }
  const cut = await ask('openai', {headers: {'content-type': 'text/event-stream'}, body: whole.slice(0, -20)});
  expect(cut.outcome).toMatchObject({kind: 'reply', ending: 'interrupted'});
});

test('an answer that a gateway compressed is read; one that only says so is told', async () => {
  const body = JSON.stringify(completion({content: ANSWER}).body);
  for (const [encoding, bytes] of [
    ['gzip', gzipSync(body)],
    ['br', brotliCompressSync(body)],
    ['deflate', deflateSync(body)],
  ] as const) {
    const headers = {'content-encoding': encoding, 'content-type': 'application/json'};
    expect((await ask('openai', {headers, body: bytes})).outcome).toMatchObject({kind: 'reply', text: ANSWER});
  }
  const broken = await ask('openai', {headers: {'content-encoding': 'gzip'}, body});
  expect(broken.outcome).toMatchObject({
    reason: 'nonsense',
    error: {message: expect.stringContaining('cannot be decompressed')},
  });
});
