import {expect, test} from 'vitest';

import {errorText} from '../../../src/backend/failure/error-text.ts';

/** Bodies that servers send with an error status, and the words that must not be lost. */
const ERRORS: readonly (readonly [who: string, body: unknown, words: string])[] = [
  [
    'OpenAI',
    {error: {message: 'Incorrect API key provided', type: 'invalid_request_error', code: 'x'}},
    'Incorrect API key provided',
  ],
  [
    'vLLM before 0.10.1: flat',
    {object: 'error', message: 'System role not supported', type: 'BadRequestError', param: null, code: 400},
    'System role not supported',
  ],
  [
    'Ollama: a text',
    {error: 'the input length exceeds the context length'},
    'the input length exceeds the context length',
  ],
  ['FastAPI: a text', {detail: 'Not Found'}, 'Not Found'],
  [
    'FastAPI: a list',
    {detail: [{type: 'extra_forbidden', loc: ['body', 'seed'], msg: 'Extra inputs are not permitted', input: 7}]},
    'body.seed: Extra inputs are not permitted',
  ],
  [
    'FastAPI: several',
    {
      detail: [
        {loc: ['body', 'a'], msg: 'x'},
        {loc: ['body', 'b'], msg: 'y'},
      ],
    },
    'body.a: x; body.b: y',
  ],
  ['FastAPI: a mapping', {detail: {error: {message: 'no such deployment'}}}, 'no such deployment'],
  [
    'Google: a list',
    [
      {
        error: {
          code: 400,
          message: 'Invalid JSON payload received. Unknown name "seed": Cannot find field.',
          status: 'INVALID_ARGUMENT',
        },
      },
    ],
    'Invalid JSON payload received. Unknown name "seed": Cannot find field.',
  ],
  [
    'Cloudflare',
    {success: false, errors: [{code: 7003, message: 'No route for that URI'}], messages: []},
    'No route for that URI',
  ],
  ['a list of texts', {errors: ['too hot', 'too cold']}, 'too hot; too cold'],
  ['Hugging Face', {error: ['`inputs` must be shorter'], error_type: 'validation'}, '`inputs` must be shorter'],
  [
    'Mistral',
    {object: 'error', message: {detail: [{loc: ['body', 'top_k'], msg: 'extra'}]}, type: 'invalid'},
    'body.top_k: extra',
  ],
  [
    'problem details',
    {type: 'about:blank', title: 'Too long', detail: 'at most 4096 tokens'},
    'at most 4096 tokens; Too long',
  ],
  [
    'Spring',
    {status: 404, error: 'Not Found', message: 'No handler for /v1', path: '/v1'},
    'Not Found; No handler for /v1',
  ],
  [
    'OAuth',
    {error: 'invalid_grant', error_description: 'the token has expired'},
    'invalid_grant; the token has expired',
  ],
  [
    'Apigee',
    {fault: {faultstring: 'Rate limit quota violation', detail: {errorcode: 'x'}}},
    'Rate limit quota violation',
  ],
  [
    'OpenRouter',
    {
      error: {
        message: 'Provider returned error',
        code: 400,
        metadata: {raw: '{"error":{"message":"context too long"}}', provider_name: 'X'},
      },
    },
    'Provider returned error; context too long',
  ],
  ['an error in a text', {error: {message: '{"error":{"message":"inner"}}'}}, 'inner'],
  ['only a code', {error: {code: 'content_filter'}}, 'content_filter'],
  ['AWS', {Message: 'User is not authorized'}, 'User is not authorized'],
  ['a bare text as JSON', 'overloaded', 'overloaded'],
];

test.each(ERRORS)('the words of %s are found', (_who, body, words) => {
  expect(errorText(JSON.stringify(body))).toBe(words);
});

test('an error page is read without its markup, a plain text as it is, an unknown JSON whole', () => {
  const page =
    '<!DOCTYPE html><html><head><title>502 Bad Gateway</title><style>a{}</style></head><body>x &amp; y</body></html>';
  expect(errorText(page)).toBe('502 Bad Gateway x & y');
  expect(errorText('upstream connect error')).toBe('upstream connect error');
  expect(errorText('{"ok": false, "n": 7}')).toBe('{"ok": false, "n": 7}');
  expect(errorText(' \n')).toBe('no message (the answer is empty)');
});

test('errors nested without end are quoted as they came', () => {
  let body: unknown = 'deep';
  for (let i = 0; i < 50; i++) body = {error: body};
  expect(errorText(JSON.stringify(body))).toMatch(/^\{"error":\{"error":.*…$/);
});
