import {describe, expect, test} from 'vitest';

import type {FailureReason} from '../../../src/backend/backend.ts';
import {statusFailure, type CallContext} from '../../../src/backend/failure/failure.ts';

const NOW = Date.parse('2026-11-29T12:00:00Z');
const CONTEXT: CallContext = {
  model: 'm',
  url: 'http://127.0.0.1:1/v1',
  secrets: [],
  keyHint: 'check OPENAI_API_KEY',
  signal: new AbortController().signal,
  nowMs: NOW,
};

function failureOf(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return statusFailure({status, body: text, header: name => headers[name.toLowerCase()] ?? null}, CONTEXT);
}

const error = (message: string, more: object = {}): object => ({error: {message, ...more}});

describe('an error answer is of one prompt that was filtered', () => {
  test.each<[string, number, unknown]>([
    [
      'OpenRouter, moderated',
      403,
      error('openai/gpt-4 requires moderation on OpenAI. Your input was flagged for "violence".', {
        code: 403,
        metadata: {reasons: ['violence'], flagged_input: 'a text about an API key', provider_name: 'OpenAI'},
      }),
    ],
    ['OpenRouter, with reasons only', 403, error('Input rejected', {code: 403, metadata: {reasons: ['hate']}})],
    ['a router, in a sentence', 403, error('Your prompt was flagged by our moderation', {code: 403})],
    [
      'xAI, whose code speaks of a permission',
      403,
      {
        code: 'The caller does not have permission to execute the specified operation',
        error: 'Content violates usage guidelines. Team: 1, Failed check: SAFETY_CHECK_TYPE_BIO',
      },
    ],
    [
      'Azure',
      400,
      error("The response was filtered due to the prompt triggering Azure OpenAI's content management policy.", {
        code: 'content_filter',
        status: 400,
        innererror: {code: 'ResponsibleAIPolicyViolation', content_filter_result: {hate: {filtered: true}}},
      }),
    ],
    ['Azure, by its inner code only', 400, error('Bad request', {innererror: {code: 'ResponsibleAIPolicyViolation'}})],
    ['OpenAI', 400, error('Invalid prompt: your prompt was flagged as potentially violating our usage policy.')],
    ['Anthropic', 400, error('Output blocked by content filtering policy', {type: 'invalid_request_error'})],
    ['Google', 400, [error('The prompt was blocked', {status: 'PROHIBITED_CONTENT', code: 400})]],
    ['Google, for safety', 400, error('Response was blocked due to SAFETY')],
    ['DeepSeek', 400, error('Content Exists Risk', {type: 'invalid_request_error'})],
    ['DashScope', 400, error('Input data may contain inappropriate content.', {code: 'data_inspection_failed'})],
    ['Moonshot', 400, error('The request was rejected because it was considered high risk')],
    ['Zhipu', 400, error('系统检测到输入或生成内容可能包含不安全或敏感内容', {code: '1301'})],
    ['LiteLLM, as 500', 500, error('litellm.ContentPolicyViolationError: AzureException')],
    [
      'a gateway that passes on the JSON of its provider',
      400,
      error('Provider returned error', {metadata: {raw: '{"error":{"code":"content_filter","message":"no"}}'}}),
    ],
    ['a law', 451, 'Unavailable For Legal Reasons'],
  ])('%s', (_who, status, body) => {
    expect(failureOf(status, body)).toMatchObject({reason: 'filtered', retryable: false});
    expect(failureOf(status, body).hint).toBeUndefined();
  });
});

describe('an error answer is about the key or the account', () => {
  test.each<[string, number, unknown, boolean]>([
    ['a wrong key', 401, error('Incorrect API key provided'), true],
    ['a 401 without a word', 401, '', true],
    ['a key without the permission', 403, error('Your API key does not have access to this model'), false],
    ['an unsupported country', 403, error('Country, region, or territory not supported'), false],
    ['Google without its API', 403, [error('Permission denied', {status: 'PERMISSION_DENIED', code: 403})], false],
    ['an account that was flagged', 403, error('Your account was flagged for potential abuse'), false],
    ['nothing left', 402, error('This request requires more credits, or fewer max_tokens'), true],
    [
      'OpenAI, out of credit',
      429,
      error('You exceeded your current quota, please check your plan and billing details.', {
        type: 'insufficient_quota',
        code: 'insufficient_quota',
      }),
      true,
    ],
    ['Anthropic, out of credit', 400, error('Your credit balance is too low to access the Anthropic API.'), true],
    ['DeepSeek, out of credit', 402, error('Insufficient Balance'), true],
  ])('%s', (_what, status, body, isFinal) => {
    const failure = failureOf(status, body);
    expect(failure).toMatchObject({reason: 'unauthorized', retryable: false});
    expect(failure.isFinalForModel ?? false).toBe(isFinal);
  });

  test('a 403 that speaks of neither is a refusal with a word about the key: a firewall may dislike one prompt', () => {
    for (const body of ['', '<html><title>403 Forbidden</title>your request was blocked</html>', error('Forbidden')]) {
      expect(failureOf(403, body)).toMatchObject({reason: 'refused', hint: 'check OPENAI_API_KEY'});
    }
  });
});

describe('an error answer is of one prompt that is too long', () => {
  test.each<[string, number, unknown]>([
    [
      'llama.cpp',
      400,
      error('request (315 tokens) exceeds the available context size (256 tokens), try increasing it', {
        type: 'exceed_context_size_error',
      }),
    ],
    [
      'vLLM',
      400,
      error("This model's maximum context length is 4096 tokens. However, you requested 5000 tokens in the messages."),
    ],
    [
      'vLLM, before 0.10.1',
      400,
      {object: 'error', message: "This model's maximum context length is 4096 tokens.", code: 400},
    ],
    [
      'vLLM, the prompt and max_tokens together',
      400,
      error(
        "'max_tokens' or 'max_completion_tokens' is too large: 1000. This model's maximum context length is 4096 tokens and your request has 3500 input tokens (1000 > 4096 - 3500).",
      ),
    ],
    ['vLLM, longer', 400, error('The decoder prompt (length 5000) is longer than the maximum model length of 4096.')],
    ['OpenAI', 400, error('Input tokens exceed the configured limit', {code: 'context_length_exceeded'})],
    ['Anthropic', 400, error('prompt is too long: 213462 tokens > 200000 maximum')],
    ['Anthropic, with max_tokens', 400, error('input length and `max_tokens` exceed context limit: 180 + 32 > 200')],
    ['Ollama', 400, {error: 'the input length exceeds the context length'}],
    ['SGLang', 400, error("The input (5000 tokens) is longer than the model's context length (4096 tokens).")],
    [
      'SGLang, with max_tokens',
      400,
      error("Requested token count exceeds the model's maximum context length of 4096 tokens."),
    ],
    [
      'TGI',
      422,
      {error: 'Input validation error: `inputs` tokens + `max_new_tokens` must be <= 2048.', error_type: 'validation'},
    ],
    ['TGI, inputs alone', 422, {error: 'Input validation error: `inputs` must have less than 1024 tokens.'}],
    [
      'Google',
      400,
      [error('The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).', {code: 400})],
    ],
    ['Mistral', 400, error('Prompt contains 40000 tokens, too large for model with 32768 maximum context length')],
    ['xAI', 400, {error: "This model's maximum prompt length is 131072 but the request contains 212345 tokens."}],
    ['Bedrock', 400, {message: 'Input is too long for requested model.'}],
    ['LiteLLM, as 500', 500, error('litellm.ContextWindowExceededError: BadRequestError')],
  ])('%s', (_who, status, body) => {
    expect(failureOf(status, body)).toMatchObject({reason: 'context-full', retryable: false});
  });

  test('but max_tokens beyond the whole context is the fault of the config, not of a prompt', () => {
    const text =
      "'max_tokens' or 'max_completion_tokens' is too large: 5000. This model's maximum context length is 4096 tokens and your request has 100 input tokens (5000 > 4096 - 100).";
    expect(failureOf(400, error(text)).reason).toBe('refused');
  });
});

describe('an error answer blames the request, whatever its status', () => {
  test.each<[string, unknown]>([
    [
      'llama.cpp, half a surrogate pair in a text',
      error(
        "[json.exception.parse_error.101] parse error at line 1, column 75: syntax error while parsing value - invalid string: surrogate U+D800..U+DBFF must be followed by U+DC00..U+DFFF; last read: '\"a lone surrogate \\ud83d '",
        {code: 500, type: 'server_error'},
      ),
    ],
    ['Ollama, a text for a number', {error: 'option "temperature" must be of type float32'}],
    [
      'Ollama, a format that it does not know',
      {error: 'invalid format: "yaml"; expected "json" or a valid JSON Schema object'},
    ],
    ['Ollama, a schema that it cannot compile', {error: 'invalid JSON schema in format'}],
  ])('%s', (_who, body) => {
    expect(failureOf(500, body)).toMatchObject({reason: 'refused', retryable: false});
  });
});

describe('an error answer tells the state of the server', () => {
  test.each<[string, FailureReason, number, unknown]>([
    ['llama.cpp while it loads', 'loading', 503, error('Loading model', {type: 'unavailable_error', code: 503})],
    ['TGI on the Hub while it loads', 'loading', 503, {error: 'Model x/y is currently loading', estimated_time: 20}],
    ['Ollama while it loads', 'loading', 500, {error: 'llm server loading model'}],
    ['a server that starts', 'loading', 503, {detail: 'The server is starting'}],
    ['Ollama, with its queue full', 'overloaded', 503, {error: 'server busy, please try again.'}],
    ['a gateway without its server', 'overloaded', 502, '<html><h1>502 Bad Gateway</h1></html>'],
    ['a dead engine that says so', 'engine-dead', 500, error('EngineCore encountered an issue. See stack trace')],
    ['a time-out of the server', 'overloaded', 408, ''],
    ['a model that is not there', 'model-missing', 404, error('The model `m` does not exist.')],
    ['a wrong parameter', 'refused', 400, error('bad parameter')],
    ['more than an account may send in a minute', 'refused', 429, error('Request too large for gpt-4o on TPM')],
    [
      'a validation that echoes a prompt about content_filter and API keys',
      'refused',
      422,
      {
        detail: [
          {type: 'extra_forbidden', loc: ['body', 'x'], msg: 'Extra inputs are not permitted', input: 'content_filter'},
        ],
      },
    ],
  ])('%s: %s', (_what, reason, status, body) => {
    expect(failureOf(status, body).reason).toBe(reason);
  });
});
