import {completion, type StubReply} from './stub.ts';

// vLLM 0.33.0, vllm/entrypoints/openai: errors stand under `error`.

/** api_server.py: the handler of exceptions; what a dead engine answers. `/health` then says 503. */
export const engineError: StubReply = {
  status: 500,
  body: {
    error: {
      message: 'The server had an error while processing your request.',
      type: 'InternalServerError',
      param: null,
      code: 500,
    },
  },
};

/** With a reasoning parser, thoughts come in `reasoning`. */
export const thoughtAndAnswer = (text: string): StubReply =>
  completion(
    {content: text, reasoning: 'I am not sure who.'},
    {tokens: 30, usage: {completion_tokens_details: {reasoning_tokens: 18}}},
  );

/** Around the change of the field's name both are sent, with one text. */
export const thoughtsTwice = (text: string): StubReply =>
  completion({content: text, reasoning: 'Hm.', reasoning_content: 'Hm.'});

/** vllm/v1/engine/__init__.py FinishReason: ABORT, ERROR. */
export const finishedBy = (finish: string, text: string): StubReply => completion({content: text}, {finish, tokens: 5});

/** openai_harmony cannot read what a gpt-oss model said: an error about one reply. */
export const harmonyError: StubReply = {
  status: 500,
  body: {
    error: {
      message: 'Unexpected token 12606 while expecting start token 200006',
      type: 'InternalServerError',
      code: 500,
    },
  },
};
