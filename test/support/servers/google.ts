import type {StubReply} from './stub.ts';

// Google's compatible endpoint (generativelanguage.googleapis.com/v1beta/openai): errors are a list.

export const unknownName: StubReply = {
  status: 400,
  body: [
    {
      error: {
        code: 400,
        message: 'Invalid JSON payload received. Unknown name "seed": Cannot find field.',
        status: 'INVALID_ARGUMENT',
        details: [{'@type': 'type.googleapis.com/google.rpc.BadRequest', fieldViolations: [{description: 'x'}]}],
      },
    },
  ],
};

/** Gemma through the same endpoint. */
export const noDeveloperInstruction: StubReply = {
  status: 400,
  body: [
    {
      error: {
        code: 400,
        message: 'Developer instruction is not enabled for models/gemma-3-27b-it',
        status: 'INVALID_ARGUMENT',
      },
    },
  ],
};

export const perMinute: StubReply = {
  status: 429,
  body: [
    {
      error: {
        code: 429,
        message: 'You exceeded your current quota, please check your plan and billing details. Please retry in 2.4s.',
        status: 'RESOURCE_EXHAUSTED',
        details: [{'@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '2.4s'}],
      },
    },
  ],
};

/** A filtered answer comes without its message. */
export const filtered: StubReply = {
  body: {
    choices: [{finish_reason: 'content_filter', index: 0}],
    model: 'm',
    usage: {prompt_tokens: 9, total_tokens: 9},
  },
};
