import {completion, type StubReply} from './stub.ts';

// SGLang, python/sglang/srt/entrypoints/openai: serving_base.py and the handlers of http_server.py.

/** A template that refuses the system role: the trace of jinja2 … */
export const templateTrace: StubReply = {
  status: 500,
  body: `Traceback (most recent call last):\n${'  File "/usr/lib/python3/dist-packages/sglang/srt/x.py", line 7, in f\n    g()\n'.repeat(12)}jinja2.exceptions.TemplateError: System role not supported\n`,
};

/** … or nothing: what starlette answers to an exception that nobody caught. */
export const wordless: StubReply = {status: 500, body: 'Internal Server Error'};

/** Errors of validation. */
export const badRequest: StubReply = {
  status: 400,
  body: {
    object: 'error',
    message:
      "1 validation errors:\n  {'type': 'extra_forbidden', 'loc': ('body', 'seed'), 'msg': 'Extra inputs are not permitted'}",
    type: 'Bad Request',
    param: null,
    code: 400,
  },
};

/** finish_reason of FINISH_ABORT. */
export const aborted = (text: string): StubReply => completion({content: text}, {finish: 'abort', tokens: 4});
