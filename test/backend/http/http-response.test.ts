import {brotliCompressSync, deflateSync, gzipSync} from 'node:zlib';
import {describe, expect, test} from 'vitest';

import {toHttpResponse} from '../../../src/backend/http/http-response.ts';

const MAX_BYTES = 1000;

describe.each<[string, (text: string) => Buffer]>([
  ['gzip', gzipSync],
  ['x-gzip', gzipSync],
  ['Deflate ', deflateSync],
  ['br', brotliCompressSync],
])('a body in %s', (coding, compress) => {
  const headers = {'content-encoding': coding};

  test('is decompressed', () => {
    expect(toHttpResponse(200, headers, compress('é'), MAX_BYTES).body).toBe('é');
  });

  test('that is empty keeps its status and headers, as gateways answer 429', () => {
    const answer = toHttpResponse(429, {...headers, 'retry-after': '7'}, Buffer.alloc(0), MAX_BYTES);
    expect([answer.status, answer.ok, answer.body, answer.header('Retry-After')]).toEqual([429, false, '', '7']);
  });

  test('that is damaged or too large is an error', () => {
    expect(() => toHttpResponse(200, headers, Buffer.from('no'), MAX_BYTES)).toThrow();
    expect(() => toHttpResponse(200, headers, compress('x'.repeat(2000)), MAX_BYTES)).toThrow();
  });
});

test('an unknown coding is left as it is; a byte order mark is dropped', () => {
  expect(toHttpResponse(200, {'content-encoding': 'identity'}, Buffer.from('\uFEFF{}'), MAX_BYTES).body).toBe('{}');
  expect(toHttpResponse(200, {}, Buffer.from(''), MAX_BYTES).header('content-encoding')).toBeNull();
});
