import {expect, test} from 'vitest';

import {classifyEnding} from '../../../src/backend/reply/endings.ts';
import type {ReplyEnding} from '../../../src/core/reply-ending.ts';
import * as anthropic from '../../support/servers/anthropic.ts';
import * as google from '../../support/servers/google.ts';
import * as llama from '../../support/servers/llama.cpp.ts';
import * as ollama from '../../support/servers/ollama.ts';
import * as openai from '../../support/servers/openai.ts';
import * as sglang from '../../support/servers/sglang.ts';
import {ANSWER, completion, type StubReply} from '../../support/servers/stub.ts';
import * as vllm from '../../support/servers/vllm-0.33.ts';
import {ask} from '../ask-stub.ts';

const WORDS: Readonly<Record<ReplyEnding, readonly string[]>> = {
  complete: [
    'stop',
    'STOP',
    'eos',
    'eos_token',
    'end_turn',
    'stop_sequence',
    'tool_calls',
    'tool_use',
    'COMPLETE',
    'FinishReason.STOP',
  ],
  'max-tokens': ['length', 'max_tokens', 'MAX_TOKENS', 'max_output_tokens'],
  'context-full': ['model_length', 'model_context_window_exceeded', 'ERROR_LIMIT'],
  filtered: [
    'content_filter',
    'content_filtered',
    'SAFETY',
    'RECITATION',
    'PROHIBITED_CONTENT',
    'content_filter: SAFETY',
    'sensitive',
    'guardrail_intervened',
    'ERROR_TOXIC',
  ],
  refused: ['refusal'],
  interrupted: [
    'abort',
    'error',
    'cancelled',
    'insufficient_system_resource',
    'OTHER',
    'network_error',
    'pause_turn',
    'load',
  ],
  'prompt-truncated': [],
};

test.each(Object.entries(WORDS).flatMap(([ending, words]) => words.map(word => [word, ending] as const)))(
  'the finish reason %s means %s',
  (reason, ending) => expect(classifyEnding({reason, text: ANSWER, generated: 100, maxTokens: 100})).toBe(ending),
);

test('an unknown finish reason, or none, is complete only where the text ends as an answer', () => {
  for (const reason of ['weary', null, '']) {
    expect(classifyEnding({reason, text: `${ANSWER}\n`, generated: 9, maxTokens: 100})).toBe('complete');
    expect(classifyEnding({reason, text: '```json\n{}\n```', generated: 9, maxTokens: 100})).toBe('complete');
    expect(classifyEnding({reason, text: '{"answer": "The man', generated: 9, maxTokens: 100})).toBe('interrupted');
    expect(classifyEnding({reason, text: '', generated: 0, maxTokens: 100})).toBe('interrupted');
  }
});

test('a reply that was cut below max_tokens was cut by the context; a token more or less is the counting', () => {
  const cut = (generated: number, maxTokens: number | undefined = 100): ReplyEnding =>
    classifyEnding({reason: 'length', text: '{', generated, maxTokens});
  expect([cut(31), cut(97), cut(98), cut(100), cut(101), cut(0)]).toEqual([
    'context-full',
    'context-full',
    'max-tokens',
    'max-tokens',
    'max-tokens',
    'max-tokens',
  ]);
  expect(classifyEnding({reason: 'length', text: '{', generated: 31, maxTokens: undefined})).toBe('max-tokens');
});

const READ: readonly (readonly [string, 'openai' | 'vllm' | 'anthropic' | 'ollama', StubReply, object])[] = [
  ['llama.cpp: full context', 'openai', llama.contextFull, {ending: 'context-full', finishReason: 'length'}],
  ['llama.cpp: only thoughts', 'openai', llama.onlyThoughts, {ending: 'max-tokens', text: '', responseTokens: 120}],
  [
    'llama.cpp: thoughts apart',
    'openai',
    llama.thoughtAndAnswer,
    {reasoningText: '\n<think>\nI am not sure who.\n', ending: 'complete'},
  ],
  [
    'llama.cpp: a reply that it cannot read',
    'openai',
    llama.unreadableReply,
    {text: '', finishReason: expect.stringContaining('peg-native')},
  ],
  [
    'vLLM: a reply that harmony cannot read',
    'vllm',
    vllm.harmonyError,
    {text: '', finishReason: expect.stringContaining('Unexpected token')},
  ],
  ['vLLM: abort', 'vllm', vllm.finishedBy('abort', '{"answer": "The man'), {ending: 'interrupted'}],
  ['vLLM: error', 'vllm', vllm.finishedBy('error', ANSWER), {ending: 'interrupted'}],
  ['SGLang: abort', 'openai', sglang.aborted('{"answer": "The man'), {ending: 'interrupted'}],
  [
    'vLLM: thoughts in `reasoning`',
    'vllm',
    vllm.thoughtAndAnswer(ANSWER),
    {text: ANSWER, reasoningText: 'I am not sure who.', reasoningTokens: 18},
  ],
  ['vLLM: thoughts twice', 'vllm', vllm.thoughtsTwice(ANSWER), {reasoningText: 'Hm.'}],
  [
    'OpenAI: a refusal',
    'openai',
    openai.refusal,
    {ending: 'refused', text: '', refusal: "I'm sorry, I can't assist with that."},
  ],
  [
    'OpenAI: a refusal part',
    'openai',
    completion({content: [{type: 'refusal', refusal: 'No.'}]}),
    {ending: 'refused', refusal: 'No.', text: ''},
  ],
  ['OpenAI: an error that is a cut reply', 'openai', openai.thoughtsTookAll, {ending: 'max-tokens', text: ''}],
  ['Groq: an error that quotes the reply', 'openai', openai.noJson, {ending: 'complete', text: 'The answer is Bob.'}],
  ['OpenAI: filtered', 'openai', openai.filtered, {ending: 'filtered'}],
  ['Google: filtered without a message', 'openai', google.filtered, {ending: 'filtered', text: ''}],
  [
    'OpenRouter: details of thoughts',
    'openai',
    completion({
      content: ANSWER,
      reasoning_details: [
        {type: 'reasoning.text', text: 'a'},
        {type: 'reasoning.summary', summary: 'b'},
        {type: 'reasoning.encrypted', data: 'zz'},
      ],
    }),
    {reasoningText: 'ab', text: ANSWER},
  ],
  [
    'thoughts as a mapping',
    'openai',
    completion({content: ANSWER, reasoning: {summary: [{text: 'a'}]}}),
    {reasoningText: 'a'},
  ],
  [
    'Mistral: thoughts as a part',
    'openai',
    completion({
      content: [
        {type: 'thinking', thinking: [{type: 'text', text: 'a'}]},
        {type: 'text', text: ANSWER},
      ],
    }),
    {reasoningText: 'a', text: ANSWER},
  ],
  [
    'tokens of thoughts beside the usage',
    'openai',
    completion({content: ANSWER}, {usage: {reasoning_tokens: 7}}),
    {reasoningTokens: 7},
  ],
  [
    'Anthropic: thoughts',
    'anthropic',
    anthropic.thoughtAndAnswer(ANSWER),
    {text: ANSWER, reasoningText: 'Let me see.', ending: 'complete'},
  ],
  ['Anthropic: a refusal', 'anthropic', anthropic.refusal, {ending: 'refused', refusal: '', text: ''}],
  ['Anthropic: full context', 'anthropic', anthropic.contextFull, {ending: 'context-full'}],
  [
    'Ollama: thoughts',
    'ollama',
    ollama.chat({content: ANSWER, thinking: 'Hm.'}),
    {text: ANSWER, reasoningText: 'Hm.', ending: 'complete'},
  ],
  [
    'Ollama: cut at num_predict',
    'ollama',
    ollama.chat({content: '{'}, {done_reason: 'length', eval_count: 100}),
    {ending: 'max-tokens'},
  ],
  [
    'Ollama: cut below it',
    'ollama',
    ollama.chat({content: '{'}, {done_reason: 'length', eval_count: 31}),
    {ending: 'context-full'},
  ],
  ['Ollama: only loaded', 'ollama', ollama.chat({content: ''}, {done_reason: 'load'}), {ending: 'interrupted'}],
  [
    'Ollama, old: no reason',
    'ollama',
    ollama.chat({content: '{'}, {done_reason: undefined, eval_count: 100}),
    {ending: 'max-tokens'},
  ],
];

test.each(READ)('%s', async (_title, backend, reply, expected) => {
  expect((await ask(backend, reply)).outcome).toMatchObject({kind: 'reply', ...expected});
});

test('under reference a reply ends as the older system saw it', async () => {
  const request = {reference: true} as const;
  expect((await ask('openai', llama.contextFull, {request})).outcome).toMatchObject({ending: 'max-tokens'});
  expect((await ask('vllm', vllm.finishedBy('abort', '{'), {request})).outcome).toMatchObject({ending: 'complete'});
});
