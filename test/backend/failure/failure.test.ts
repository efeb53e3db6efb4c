import {describe, expect, test} from 'vitest';

import {
  describeFailure,
  nonsenseFailure,
  scrub,
  statusFailure,
  transportFailure,
  type CallContext,
} from '../../../src/backend/failure/failure.ts';
import {TransportError} from '../../../src/backend/http/transport-error.ts';
import type {ChatFailure} from '../../../src/backend/backend.ts';

const KEY = 'hush-hush-key';

function context(signal: AbortSignal = new AbortController().signal): CallContext {
  return {model: 'm', url: 'http://h:1/v1', secrets: [KEY], keyHint: 'check OPENAI_API_KEY', signal, nowMs: 0};
}

function ofStatus(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): ChatFailure {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return statusFailure({status, body: text, header: name => headers[name] ?? null}, context());
}

describe('an answer with an error status', () => {
  test('is recorded with its status and its words, under the older system’s names', () => {
    expect(ofStatus(503, {error: {message: 'server busy'}}, {'retry-after': '2'})).toEqual({
      kind: 'failure',
      reason: 'overloaded',
      retryable: true,
      retryAfterMs: 2_000,
      error: {
        error_class: 'APIRequestError',
        error_code: 'API_REQUEST_ERROR',
        message: 'API request failed (503): server busy',
        details: {model: 'm', status_code: 503, original_error: 'server busy'},
      },
    });
  });

  test.each<[number, string, boolean]>([
    [429, 'slow down', true],
    [500, 'oops', true],
    [503, 'Loading model', true],
    [500, 'EngineDeadError', true],
    [400, 'bad parameter', false],
    [400, 'prompt is too long', false],
    [404, 'no such model', false],
    [401, 'no', false],
  ])('%i with "%s" may be repeated: %s', (status, words, retryable) => {
    expect(ofStatus(status, {error: {message: words}}).retryable).toBe(retryable);
  });

  test('ends the model where the key is refused or nothing is left to pay with; a permission may be of one prompt', () => {
    expect(ofStatus(401, '').isFinalForModel).toBe(true);
    expect(ofStatus(402, '').isFinalForModel).toBe(true);
    expect(ofStatus(403, {error: {message: 'Your API key has no access to this model'}})).not.toHaveProperty(
      'isFinalForModel',
    );
  });

  test('names the key where it may be the key’s fault, not for an empty account or a filtered prompt', () => {
    expect(ofStatus(401, '').hint).toBe('check OPENAI_API_KEY');
    expect(ofStatus(403, 'Forbidden').hint).toBe('check OPENAI_API_KEY');
    expect(ofStatus(402, '')).not.toHaveProperty('hint');
    expect(ofStatus(403, {error: {message: 'Your prompt was flagged by moderation'}})).not.toHaveProperty('hint');
    expect(ofStatus(500, '')).not.toHaveProperty('hint');
  });

  test('that quotes the key loses it', () => {
    const failure = ofStatus(401, {error: {message: `Incorrect API key provided: ${KEY}`}});
    expect(failure.error.message).toBe('API request failed (401): Incorrect API key provided: ***');
    expect(JSON.stringify(failure)).not.toContain(KEY);
  });
});

describe('a failure on the way', () => {
  const named = (name: string, message: string, cause?: Error): Error =>
    Object.assign(new Error(message, {cause}), {name});

  test('has the reason of the transport, however deep a package wrapped it, and the address it happened at', () => {
    const cut = new TransportError('unreachable', 'the connection was cut (ECONNRESET)');
    const wrapped = named('APIConnectionError', 'Connection error.', named('TypeError', 'fetch failed', cut));
    expect(transportFailure(wrapped, context())).toEqual({
      kind: 'failure',
      reason: 'unreachable',
      retryable: true,
      error: {
        error_class: 'APIRequestError',
        error_code: 'API_REQUEST_ERROR',
        message: 'API request failed: http://h:1/v1: the connection was cut (ECONNRESET)',
        details: {model: 'm', original_error: 'the connection was cut (ECONNRESET)'},
      },
    });
  });

  test.each<[string, unknown, ChatFailure['reason'], boolean]>([
    ['a body without end', new TransportError('nonsense', 'too long'), 'nonsense', true],
    ['no answer in time', new TransportError('timeout', 'no answer'), 'timeout', true],
    ['a request that cannot be sent', new TransportError('refused', 'bad header'), 'refused', false],
    ['a backend that was closed', new TransportError('aborted', 'closed'), 'aborted', false],
    ['an answer that is no JSON', new SyntaxError('Unexpected token <'), 'nonsense', true],
    ['a time-out of a package', named('APIConnectionTimeoutError', 'Request timed out.'), 'timeout', true],
    ['a time-out below a package', named('Error', 'x', named('TimeoutError', 'late')), 'timeout', true],
    ['an error without a name', new Error('strange'), 'unreachable', true],
    ['something that is no error', 'strange', 'unreachable', true],
  ])('%s: %s', (_what, thrown, reason, retryable) => {
    expect(transportFailure(thrown, context())).toMatchObject({reason, retryable});
  });

  test('is no failure of the server where we gave up', () => {
    const fault = new TransportError('timeout', 'no answer');
    expect(transportFailure(fault, context(AbortSignal.abort()))).toMatchObject({reason: 'aborted', retryable: false});
  });

  test('that quotes the key loses it', () => {
    const failure = transportFailure(new Error(`invalid header: Bearer ${KEY}`), context());
    expect(JSON.stringify(failure)).not.toContain(KEY);
  });
});

test('an answer that is no chat completion may be repeated, and its place is not said', () => {
  const failure = nonsenseFailure('the answer holds no message', context());
  expect(failure).toMatchObject({reason: 'nonsense', retryable: true});
  expect(failure.error.message).toBe('API request failed: the answer holds no message');
});

test('the user is told what happened and, where there is one, what helps', () => {
  const failure = ofStatus(500, 'oops');
  expect(describeFailure(failure)).toBe('API request failed (500): oops');
  expect(describeFailure({...failure, hint: 'try later'})).toBe('API request failed (500): oops (try later)');
});

test('secrets leave a text wherever they stand; keys of OpenAI’s form are shortened even if they are not ours', () => {
  expect(scrub(`a ${KEY} b ${KEY}`, [KEY])).toBe('a *** b ***');
  // Servers quote keys with their middle left out.
  expect(scrub('Incorrect API key: sk-proj-abc***********wxyz.', [])).toBe('Incorrect API key: sk-proj***.');
  // Too short to be a key: it would eat words.
  expect(scrub('the key is the one', ['the'])).toBe('the key is the one');
});
