import {completion, type StubReply} from './stub.ts';

// OpenAI's API reference (platform.openai.com/docs/api-reference/chat) and its error messages as users report them.

const refused = (message: string, more: object): StubReply => ({
  status: 400,
  body: {error: {message, type: 'invalid_request_error', ...more}},
});

/** Models that think. */
export const wantsMaxCompletionTokens = refused(
  "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
  {param: 'max_tokens', code: 'unsupported_parameter'},
);

/** The same. */
export const wantsDefaultTemperature = refused(
  "Unsupported value: 'temperature' does not support 0.7 with this model. Only the default (1) value is supported.",
  {param: 'temperature', code: 'unsupported_value'},
);

export const unknownParameter = (name: string): StubReply =>
  refused(`Unknown parameter: '${name}'.`, {param: name, code: 'unknown_parameter'});

/** The first models with structured outputs take no system message. */
export const noSystemRole = refused(
  "Unsupported value: 'messages[0].role' does not support 'system' with this model.",
  {param: 'messages[0].role', code: 'unsupported_value'},
);

/** Structured outputs: `message.refusal`. */
export const refusal: StubReply = completion({content: null, refusal: "I'm sorry, I can't assist with that."});

export const filtered = completion({content: ''}, {finish: 'content_filter'});

/** Thoughts took all tokens. */
export const thoughtsTookAll = refused(
  'Could not finish the message because max_tokens or model output limit was reached. Please try again with higher max_tokens.',
  {param: null, code: null},
);

/** Groq (console.groq.com/docs/structured-outputs): JSON mode without JSON; the model's text is in the error. */
export const noJson = refused(
  "Failed to generate JSON. Please adjust your prompt. See 'failed_generation' for more details.",
  {
    code: 'json_validate_failed',
    failed_generation: 'The answer is Bob.',
  },
);
