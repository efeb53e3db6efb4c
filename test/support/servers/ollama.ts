import type {StubReply} from './stub.ts';

// Ollama 0.17.4: bytes of a real one (docs/field-tests.md), with SmolLM2-135M-Instruct; older versions as said.

/** `/api/chat`. */
export function chat(message: object, more: object = {}): StubReply {
  return {
    body: {
      model: 'm',
      created_at: '2026-11-29T23:04:20.228488637Z',
      message: {role: 'assistant', ...message},
      done: true,
      done_reason: 'stop',
      prompt_eval_count: 67,
      eval_count: 12,
      ...more,
    },
  };
}

/** `/api/ps`. */
export const loaded = (context_length: number): StubReply => ({
  body: {models: [{name: 'm:latest', model: 'm:latest', context_length}]},
});

/** `truncate: true` on a prompt of 391 tokens in a context of 256: cut without a word. */
export const cutPrompt = chat(
  {content: 'In this story, the bat and ball together cost $1.10 to buy, and the'},
  {done_reason: 'length', prompt_eval_count: 256, eval_count: 20},
);

/** `shift: false` in a context of 64: one token more is counted than there is room for. */
export const contextFull = chat(
  {content: 'The number of times you can add 1 to itself'},
  {done_reason: 'length', prompt_eval_count: 22, eval_count: 43},
);

/** `shift: true` in a context of 64: the beginning of the prompt was dropped while the reply was written. */
export const shifted = chat({content: 'The number of times'}, {prompt_eval_count: 22, eval_count: 77});

export const promptTooLong: StubReply = {status: 400, body: {error: 'the input length exceeds the context length'}};

export const doesNotThink: StubReply = {status: 400, body: {error: '"m" does not support thinking'}};

export const noSuchModel: StubReply = {status: 404, body: {error: "model 'm' not found"}};

/** Without `stream: false`: lines, in pieces. */
export const streamed: StubReply = {
  headers: {'content-type': 'application/x-ndjson'},
  body: [
    {model: 'm', message: {role: 'assistant', content: '{"answer": '}, done: false},
    {model: 'm', message: {role: 'assistant', content: '"Bob"}'}, done: false},
    {
      model: 'm',
      message: {role: 'assistant', content: ''},
      done: true,
      done_reason: 'stop',
      prompt_eval_count: 9,
      eval_count: 4,
    },
  ]
    .map(line => `${JSON.stringify(line)}\n`)
    .join(''),
};

/** The compatible endpoint (`/v1`) knows no max_completion_tokens: 81 tokens where 7 were allowed. */
export const limitIgnored: StubReply = {
  body: {
    id: 'chatcmpl-902',
    object: 'chat.completion',
    model: 'm',
    choices: [{index: 0, message: {role: 'assistant', content: '{"answer": "Bob"}'}, finish_reason: 'stop'}],
    usage: {prompt_tokens: 56, completion_tokens: 81, total_tokens: 137},
  },
};
