import {describe, expect, test} from 'vitest';

import {readErrorFacts} from '../../../src/backend/failure/error-facts.ts';
import {readRetryAfter} from '../../../src/backend/failure/retry-after.ts';

const NOW = Date.parse('2026-11-29T12:00:00Z');

type Headers = Readonly<Record<string, string>>;

/** Milliseconds, rounded; undefined where the server asks for nothing. */
function read(status: number, body: unknown, headers: Headers = {}): number | undefined {
  const facts = readErrorFacts(typeof body === 'string' ? body : JSON.stringify(body));
  const ms = readRetryAfter(status, {header: name => headers[name] ?? null, facts, nowMs: NOW});
  return ms === undefined ? undefined : Math.round(ms);
}

const error = (message: string, more: object = {}): object => ({error: {message, ...more}});

const google = (delay: string): object =>
  error('You exceeded your current quota, please check your plan and billing details.', {
    code: 429,
    status: 'RESOURCE_EXHAUSTED',
    details: [
      {'@type': 'type.googleapis.com/google.rpc.QuotaFailure', violations: [{quotaId: 'PerMinute'}]},
      {'@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: delay},
    ],
  });

describe('the headers', () => {
  test.each<[string, Headers, number | undefined]>([
    ['seconds', {'retry-after': '7'}, 7_000],
    ['parts of a second', {'retry-after': '0.5'}, 500],
    ['milliseconds, before seconds', {'retry-after-ms': '250', 'retry-after': '1'}, 250],
    ['milliseconds that are no number', {'retry-after-ms': 'soon', 'retry-after': '1'}, 1_000],
    ['a duration', {'retry-after': '1m30s'}, 90_000],
    [
      'a date, by the server’s clock',
      {'retry-after': 'Sun, 29 Nov 2026 13:00:30 GMT', date: 'Sun, 29 Nov 2026 13:00:00 GMT'},
      30_000,
    ],
    ['a date, by our clock where the server tells none', {'retry-after': 'Sun, 29 Nov 2026 12:00:20 GMT'}, 20_000],
    ['a date that is over', {'retry-after': 'Sun, 29 Nov 2026 11:59:00 GMT'}, 0],
    ['0', {'retry-after': '0'}, 0],
    ['something else', {'retry-after': 'soon'}, undefined],
    ['something that begins like a number', {'retry-after': '7 or so'}, undefined],
  ])('%s', (_what, headers, ms) => expect(read(429, error('x'), headers)).toBe(ms));

  test('count whatever the status; words only of a rate limit or a server in trouble', () => {
    expect(read(400, error('Please try again in 20s.'), {'retry-after': '3'})).toBe(3_000);
    expect(read(400, error('Please try again in 20s.'))).toBeUndefined();
    expect(read(503, error('Please try again in 20s.'))).toBe(20_000);
  });
});

describe('the body', () => {
  test.each<[string, unknown, number | undefined]>([
    ['Google, RetryInfo in an object', google('36.4s'), 36_400],
    ['Google, RetryInfo in a list', [google('36.4s')], 36_400],
    ['Google, in words only', error('You exceeded your current quota. Please retry in 2.4s.'), 2_400],
    ['RetryInfo in seconds and nanoseconds', error('x', {details: [{retryDelay: {seconds: 2, nanos: 5e8}}]}), 2_500],
    ['a field before a sentence', error('Please try again in 20s.', {details: [{retryDelay: '4s'}]}), 4_000],
    ['minutes and seconds', error('Please try again in 1m30s.'), 90_000],
    ['minutes and parts of a second', error('Please try again in 1m30.5s.'), 90_500],
    ['hours, minutes and seconds', error('Please try again in 1h2m3s.'), 3_723_000],
    ['OpenAI, 0 seconds', error('Please try again in 6m0s.'), 360_000],
    ['parts of a second', error('Please try again in 7.66s. Visit https://x'), 7_660],
    ['milliseconds', error('Please try again in 350ms.'), 350],
    ['Azure', error('Please retry after 20 seconds.'), 20_000],
    ['in minutes', error('Rate limited, wait 2 minutes'), 120_000],
    ['a number of something else', error('slow down, 20 requests are in flight'), undefined],
    ['a number that is no time', error('Please retry with at most 20 messages.'), undefined],
    ['a text instead of JSON', 'overloaded: retry in 5 seconds', 5_000],
  ])('%s', (_what, body, ms) => expect(read(429, body)).toBe(ms));

  test('counts where a proxy sends a 0 along with it', () => {
    expect(read(429, error('Please try again in 20s.'), {'retry-after': '0'})).toBe(20_000);
  });

  test('of a server that loads its model tells how long that may take', () => {
    expect(read(503, {error: 'Model x is currently loading', estimated_time: 20.5})).toBe(20_500);
  });
});

describe('the reset of a rate limit', () => {
  const limit = (name: string, remaining: string, reset: string): Headers => ({
    [`x-ratelimit-remaining-${name}`]: remaining,
    [`x-ratelimit-reset-${name}`]: reset,
  });

  test.each<[string, Headers, number | undefined]>([
    [
      'of the limit that is used up',
      {...limit('requests', '9', '8h0m0s'), ...limit('tokens', '0', '2m59.56s')},
      179_560,
    ],
    ['the later one of two that are', {...limit('requests', '0', '5s'), ...limit('tokens', '0', '7s')}, 7_000],
    ['the nearest where none is said to be', {...limit('requests', '1', '5s'), ...limit('tokens', '9', '7s')}, 5_000],
    ['in seconds', {'x-ratelimit-reset': '12'}, 12_000],
    ['as seconds of the epoch', {'x-ratelimit-reset': String(NOW / 1000 + 5)}, 5_000],
    ['as milliseconds of the epoch', {'x-ratelimit-reset': String(NOW + 5_000)}, 5_000],
    [
      'as a date',
      {'anthropic-ratelimit-requests-remaining': '0', 'anthropic-ratelimit-requests-reset': '2026-11-29T12:00:09Z'},
      9_000,
    ],
    [
      'as a date, by the server’s clock',
      {'anthropic-ratelimit-tokens-reset': '2026-11-29T13:00:09Z', date: 'Sun, 29 Nov 2026 13:00:00 GMT'},
      9_000,
    ],
    ['that is over', {'x-ratelimit-reset': String(NOW - 5_000)}, 0],
    ['that nobody can read', {'x-ratelimit-reset': 'later'}, undefined],
  ])('%s', (_what, headers, ms) => expect(read(429, error('x'), headers)).toBe(ms));

  test('says nothing after a sentence of the body, and nothing of an error that is none of the rate', () => {
    expect(read(429, error('Please try again in 20s.'), limit('requests', '0', '5s'))).toBe(20_000);
    expect(read(503, error('x'), limit('requests', '0', '5s'))).toBeUndefined();
  });
});
