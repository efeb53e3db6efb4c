import {expect, test} from 'vitest';

import * as google from '../../support/servers/google.ts';
import * as llama from '../../support/servers/llama.cpp.ts';
import * as ollama from '../../support/servers/ollama.ts';
import * as openai from '../../support/servers/openai.ts';
import * as sglang from '../../support/servers/sglang.ts';
import {ANSWER, completion, type StubReply, type StubRequest} from '../../support/servers/stub.ts';
import * as vllm9 from '../../support/servers/vllm-0.9.ts';
import {ask} from '../ask-stub.ts';

const OK = completion({content: ANSWER});
const hasSystem = ({body}: StubRequest): boolean => body?.messages?.[0]?.role === 'system';

const NO_SYSTEM: readonly (readonly [string, StubReply])[] = [
  ['vLLM 0.9, flat', vllm9.systemRoleNotSupported],
  ['llama.cpp, at the end of a trace', llama.rolesMustAlternate],
  ['SGLang, a 500 with a trace', sglang.templateTrace],
  ['Google', google.noDeveloperInstruction],
  ['OpenAI', openai.noSystemRole],
];

test.each(NO_SYSTEM)(
  'a server without a system role gets its text before the user’s, said once: %s',
  async (_who, refusal) => {
    const {outcomes, chats, notices} = await ask('openai', seen => (hasSystem(seen) ? refusal : OK), {times: 2});
    expect(outcomes.map(({kind}) => kind)).toEqual(['reply', 'reply']);
    expect(chats).toHaveLength(3);
    expect(chats[2]!.body.messages[0].content).toMatch(/^You are careful\.\n\nWho was late\?/);
    expect(notices).toEqual([expect.stringContaining('takes no system message')]);
    expect(outcomes[1]).toMatchObject({sent: {system_role: 'fold'}});
  },
);

test('a server that dies of the system role without a word is found out; one that only stumbled is not blamed', async () => {
  const dies = await ask('openai', seen => (hasSystem(seen) ? sglang.wordless : OK), {times: 2});
  expect(dies.outcomes.map(({kind}) => kind)).toEqual(['reply', 'reply']);
  expect(dies.notices).toHaveLength(1);
  let calls = 0;
  const stumbles = await ask('openai', () => (calls++ === 0 ? sglang.wordless : OK), {times: 2});
  expect(stumbles.outcomes.map(({kind}) => kind)).toEqual(['reply', 'reply']);
  expect(stumbles.notices).toEqual([]);
  expect(hasSystem(stumbles.chats.at(-1)!)).toBe(true);
  expect((await ask('openai', sglang.wordless, {times: 2})).outcome.kind).toBe('failure');
});

test('system_role: fold never sends one, yes always', async () => {
  const fold = await ask('openai', OK, {model: {system_role: 'fold'}});
  expect(hasSystem(fold.chats[0]!)).toBe(false);
  const yes = await ask('openai', vllm9.systemRoleNotSupported, {model: {system_role: 'yes'}});
  expect(yes.outcome.kind).toBe('failure');
  expect(yes.chats).toHaveLength(1);
});

test('a limit that is refused by its name is sent under the other, both ways', async () => {
  const refuses = (name: string, reply: StubReply) => (seen: StubRequest) => (name in seen.body ? reply : OK);
  const there = await ask('vllm', refuses('max_tokens', openai.wantsMaxCompletionTokens), {times: 2});
  expect(there.chats.map(({body}) => [body.max_tokens, body.max_completion_tokens])).toEqual([
    [100, undefined],
    [undefined, 100],
    [undefined, 100],
  ]);
  expect(there.outcome).toMatchObject({kind: 'reply', sent: {max_completion_tokens: 100}});
  expect(there.notices).toEqual([expect.stringContaining('max_completion_tokens is sent in its place')]);
  const back = await ask('openai', refuses('max_completion_tokens', openai.unknownParameter('max_completion_tokens')));
  expect(back.chats.at(-1)!.body.max_tokens).toBe(100);
});

test('a server that knows neither limit is told of, not asked for ever', async () => {
  const {outcome, chats} = await ask('openai', ({body}) =>
    openai.unknownParameter('max_tokens' in body ? 'max_tokens' : 'max_completion_tokens'),
  );
  expect(outcome.kind).toBe('failure');
  expect(chats).toHaveLength(2);
});

test('a server that ignores max_completion_tokens gets max_tokens from then on', async () => {
  const {chats, notices} = await ask('openai', ollama.limitIgnored, {
    times: 2,
    request: {sampling: {temperature: 0, max_tokens: 7}},
  });
  expect(chats.map(({body}) => body.max_tokens)).toEqual([undefined, 7]);
  expect(notices).toEqual([expect.stringContaining('ignores max_completion_tokens (81 tokens came, 7 were allowed)')]);
});

const REFUSED: readonly (readonly [string, string, StubReply])[] = [
  ['seed', 'Google', google.unknownName],
  ['seed', 'SGLang', sglang.badRequest],
  ['seed', 'vLLM 0.9', vllm9.unknownField],
  [
    'seed',
    'FastAPI',
    {
      status: 422,
      body: {detail: [{type: 'extra_forbidden', loc: ['body', 'seed'], msg: 'Extra inputs are not permitted'}]},
    },
  ],
  ['seed', 'Groq', {status: 400, body: {error: {message: "property 'seed' is unsupported"}}}],
  ['seed', 'a Python server', {status: 500, body: {detail: "generate() got an unexpected keyword argument 'seed'"}}],
  [
    'seed',
    'a schema',
    {status: 400, body: {error: {message: "Additional properties are not allowed ('seed' was unexpected)"}}},
  ],
  ['temperature', 'OpenAI', openai.wantsDefaultTemperature],
  [
    'response_format',
    'DeepSeek',
    {status: 400, body: {error: {message: 'This response_format type is unavailable now'}}},
  ],
  ['response_format', 'another', {status: 400, body: {error: {message: 'json_schema is not supported by this model'}}}],
  ['chat_template_kwargs', 'a strict one', openai.unknownParameter('chat_template_kwargs')],
  ['top_k', 'OpenAI', openai.unknownParameter('top_k')],
];

test.each(REFUSED)('%s is left out once refused by name, said and recorded: %s', async (field, _who, refusal) => {
  const request = {
    sampling: {temperature: 0.7, max_tokens: 100, top_k: 5, seed: 7, enable_thinking: false},
    answerSchema: {type: 'object'},
  };
  const {outcome, chats, notices} = await ask('openai', ({body}) => (body[field] === undefined ? OK : refusal), {
    request,
    times: 2,
  });
  expect(outcome).toMatchObject({kind: 'reply', sent: {not_sent: {[field]: expect.any(String)}}});
  expect(chats).toHaveLength(3);
  expect(Object.keys(chats[2]!.body).sort()).toEqual(
    Object.keys(chats[0]!.body)
      .filter(name => name !== field)
      .sort(),
  );
  expect(notices).toHaveLength(1);
});

const NOT_ABOUT_FIELDS: readonly StubReply[] = [
  {status: 400, body: {error: {message: 'bad parameter'}}},
  {status: 400, body: {error: {message: 'max_tokens is too large: 100. This model supports at most 50.'}}},
  {status: 400, body: {error: {message: '`temperature` and `top_p` cannot both be specified for this model.'}}},
  {status: 400, body: {error: {message: 'The messages are not supported: unknown name "model"'}}},
  {status: 401, body: {error: {message: 'temperature is not supported for this key'}}},
  {status: 429, body: {error: {message: 'seed not available now'}}},
  {status: 400, body: {error: {message: 'Unsupported: temperature together with seed'}}},
];

test.each(NOT_ABOUT_FIELDS)('nothing is left out on a guess: %j', async refusal => {
  const request = {sampling: {temperature: 0.7, max_tokens: 100, top_p: 0.9, seed: 7}};
  const {outcome, chats, notices} = await ask('openai', refusal, {request});
  expect(outcome.kind).toBe('failure');
  expect(chats).toHaveLength(1);
  expect(notices).toEqual([]);
});

test('calls that learn at the same time are each repeated, and the user is told once; under reference nothing is learned', async () => {
  const reference = await ask('vllm', openai.wantsMaxCompletionTokens, {request: {reference: true}});
  expect(reference.outcome.kind).toBe('failure');
  expect(reference.chats).toHaveLength(1);
});

test('request: {rename, drop, add} makes the body, for every backend', async () => {
  const model = {
    request: {rename: {temperature: 'temp'}, drop: ['seed'], add: {repetition_penalty: 1.1, stop: ['\n\n']}},
  };
  const request = {sampling: {temperature: 0.7, max_tokens: 100, seed: 7}};
  for (const kind of ['openai', 'vllm', 'anthropic'] as const) {
    const {chats, outcome} = await ask(
      kind,
      kind === 'anthropic' ? {body: {content: [{type: 'text', text: ANSWER}]}} : OK,
      {model, request},
    );
    expect(chats[0]!.body).toMatchObject({temp: 0.7, repetition_penalty: 1.1, stop: ['\n\n']});
    expect(chats[0]!.body).not.toHaveProperty('seed');
    expect(outcome).toMatchObject({kind: 'reply', sent: {temp: 0.7, repetition_penalty: 1.1}});
  }
  const own = {request: {rename: {'options.seed': 'options.sd'}, drop: ['think'], add: {options: {mirostat: 2}}}};
  const {chats} = await ask('ollama', ollama.chat({content: ANSWER}), {model: own, request});
  expect(chats[0]!.body.options).toEqual({temperature: 0.7, num_predict: 100, sd: 7, mirostat: 2});
  expect(chats[0]!.body).not.toHaveProperty('think');
});
