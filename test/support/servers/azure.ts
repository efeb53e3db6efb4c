import type {StubReply} from './stub.ts';

// Azure OpenAI: learn.microsoft.com/azure/ai-services/openai/concepts/content-filter.

export const filtered: StubReply = {
  status: 400,
  body: {
    error: {
      message:
        "The response was filtered due to the prompt triggering Azure OpenAI's content management policy. Please modify your prompt and retry.",
      type: null,
      param: 'prompt',
      code: 'content_filter',
      status: 400,
      innererror: {
        code: 'ResponsibleAIPolicyViolation',
        content_filter_result: {hate: {filtered: true, severity: 'high'}},
      },
    },
  },
};

/** Without `?api-version=`, or with another path. */
export const resourceNotFound: StubReply = {status: 404, body: {error: {code: '404', message: 'Resource not found'}}};

export const accessDenied: StubReply = {
  status: 401,
  body: {
    statusCode: 401,
    message: 'Unauthorized. Access token is missing, invalid, audience is incorrect, or have expired.',
  },
};
