import {completion, type StubReply} from './stub.ts';

// llama.cpp's server, build b10434: bytes of a real one (docs/field-tests.md), with SmolLM2-135M-Instruct.

/** While the model is loaded, to every path. */
export const loading: StubReply = {
  status: 503,
  body: {error: {message: 'Loading model', type: 'unavailable_error', code: 503}},
};

/** A prompt longer than the context of a slot. */
export const promptTooLong: StubReply = {
  status: 400,
  body: {
    error: {
      code: 400,
      message: 'request (391 tokens) exceeds the available context size (256 tokens), try increasing it',
      type: 'exceed_context_size_error',
      n_prompt_tokens: 391,
      n_ctx: 256,
    },
  },
};

/** The context was full before max_tokens: 236 + 20 = 256. */
export const contextFull: StubReply = completion(
  {content: 'The bus was late and nobody knew why.\n\nThe bus was late and nobody knew why.'},
  {finish: 'length', prompt: 236, tokens: 20},
);

/** Behind Gemma 2's template: the refusal is the last line of a trace. */
export const rolesMustAlternate: StubReply = {
  status: 400,
  body: {
    error: {
      code: 400,
      message:
        "Unable to generate parser for this template. Automatic parser generation failed: \n------------\nWhile executing CallExpression at line 1, column 226 in source:\n...op.index0 % 2 == 0) %}{{ raise_exception('Conversation roles must alternate user...\n                                           ^\nError: Jinja Exception: Conversation roles must alternate user/assistant/user/assistant/...",
      type: 'invalid_request_error',
    },
  },
};

/** Behind DeepSeek R1's template: the model repeats the tag that the template has opened. */
export const thoughtAndAnswer: StubReply = completion(
  {
    content: '\n\n{"answer": "Bob", "rationale": "the text says so"}',
    reasoning_content: '\n<think>\nI am not sure who.\n',
  },
  {tokens: 52, prompt: 35},
);

/** Behind the same: a schema holds only after the thoughts, which took all tokens. */
export const onlyThoughts: StubReply = completion(
  {content: '', reasoning_content: '\n\nThe answer is:\n\n```\n{'},
  {finish: 'length', prompt: 35, tokens: 120},
);

/** Behind gpt-oss's template: an error about one reply of the model; the server is well. */
export const unreadableReply: StubReply = {
  status: 500,
  body: {
    error: {
      code: 500,
      message: 'The model produced output that does not match the expected peg-native format',
      type: 'server_error',
    },
  },
};
