import type {StubReply} from './stub.ts';

// vLLM 0.9.2, vllm/entrypoints/openai/protocol.py: ErrorResponse stands flat, without `error` around it (until 0.10.1).

/** serving_engine.py create_error_response, from the template's raise_exception('System role not supported'). */
export const systemRoleNotSupported: StubReply = {
  status: 400,
  body: {
    object: 'error',
    message: 'System role not supported System role not supported',
    type: 'BadRequestError',
    param: null,
    code: 400,
  },
};

/** serving_engine.py _validate_input. */
export const promptTooLong: StubReply = {
  status: 400,
  body: {
    object: 'error',
    message:
      "This model's maximum context length is 4096 tokens. However, you requested 4400 tokens (4200 in the messages, 200 in the completion). Please reduce the length of the messages or completion.",
    type: 'BadRequestError',
    param: null,
    code: 400,
  },
};

/** api_server.py: the handler of RequestValidationError. */
export const unknownField: StubReply = {
  status: 400,
  body: {
    object: 'error',
    message:
      "[{'type': 'extra_forbidden', 'loc': ('body', 'seed'), 'msg': 'Extra inputs are not permitted', 'input': 7}]",
    type: 'BadRequestError',
    param: null,
    code: 400,
  },
};
