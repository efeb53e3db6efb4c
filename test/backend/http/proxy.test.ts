import {expect, test} from 'vitest';

import {describeProxy, proxyAuthorization, proxyFor, type Environment} from '../../../src/backend/http/proxy.ts';

const PROXIED: readonly (readonly [string, Environment, string | null])[] = [
  ['http://h/v1', {HTTP_PROXY: 'http://p:1'}, 'p:1'],
  ['http://h/v1', {http_proxy: 'p:1', HTTP_PROXY: 'http://q:1'}, 'p:1'],
  ['http://h/v1', {HTTPS_PROXY: 'http://p:1'}, null],
  ['https://h/v1', {HTTPS_PROXY: 'http://p:1', HTTP_PROXY: 'http://q:1'}, 'p:1'],
  ['https://h/v1', {ALL_PROXY: 'socks5://p:1'}, 'p:1'],
  ['https://h/v1', {HTTPS_PROXY: ' '}, null],
  ['http://127.0.0.1:8000/v1', {HTTP_PROXY: 'http://p:1'}, null],
  ['http://localhost:8000/v1', {HTTP_PROXY: 'http://p:1'}, null],
  ['http://[::1]:8000/v1', {HTTP_PROXY: 'http://p:1'}, null],
  ['http://a.example.org/v1', {HTTP_PROXY: 'http://p:1', NO_PROXY: 'example.org'}, null],
  ['http://a.example.org/v1', {HTTP_PROXY: 'http://p:1', NO_PROXY: 'x, .example.org'}, null],
  ['http://a.example.org/v1', {HTTP_PROXY: 'http://p:1', no_proxy: '*.example.org'}, null],
  ['http://badexample.org/v1', {HTTP_PROXY: 'http://p:1', NO_PROXY: 'example.org'}, 'p:1'],
  ['http://h:8000/v1', {HTTP_PROXY: 'http://p:1', NO_PROXY: 'h:8000'}, null],
  ['http://h:8000/v1', {HTTP_PROXY: 'http://p:1', NO_PROXY: 'h:9'}, 'p:1'],
  ['http://10.1.2.3:8000/v1', {HTTP_PROXY: 'http://p:1', NO_PROXY: '10.0.0.0/8'}, null],
  ['http://11.1.2.3:8000/v1', {HTTP_PROXY: 'http://p:1', NO_PROXY: '10.0.0.0/8'}, 'p:1'],
  ['http://h/v1', {HTTP_PROXY: 'http://p:1', NO_PROXY: '*'}, null],
];

test.each(PROXIED)('%s with %j goes through %s', (url, env, proxy) => {
  expect(proxyFor(url, env)?.url.host ?? null).toBe(proxy);
});

test('a proxy that is none is refused by its variable, without what it holds', () => {
  for (const value of ['ftp://p', 'http://user:hush@', 'http://']) {
    const go = (): unknown => proxyFor('https://h', {HTTPS_PROXY: value});
    expect(go).toThrow(/'HTTPS_PROXY' holds no address of a proxy/);
    expect(go).not.toThrow(/hush/);
  }
});

test('an entry of NO_PROXY may be an address, with or without a port, and ends in a dot without meaning it', () => {
  const isDirect = (url: string, NO_PROXY: string): boolean =>
    proxyFor(url, {ALL_PROXY: 'http://p:1', NO_PROXY}) === null;
  expect(isDirect('http://[fd00::7]:8000/v1', '[fd00::7]:8000')).toBe(true);
  expect(isDirect('http://[fd00::7]:8000/v1', '[fd00::7]')).toBe(true);
  expect(isDirect('http://[fd00::7]:8000/v1', 'fd00::7')).toBe(true);
  expect(isDirect('http://[fd00::7]:8000/v1', 'fd00::8')).toBe(false);
  expect(isDirect('https://H.example.org./v1', 'h.example.org')).toBe(true);
  expect(isDirect('https://h/v1', 'h:443')).toBe(true);
  expect(isDirect('http://h/v1', 'h:443')).toBe(false);
  expect(isDirect('http://10.1.2.3/v1', '10.1.2.0/24')).toBe(true);
  expect(isDirect('http://10.1.3.3/v1', '10.1.2.0/24')).toBe(false);
  // No network, and no host of that name.
  expect(isDirect('http://10.1.2.3/v1', '10.1.2.3/many')).toBe(false);
});

test('a proxy is described by its variable, its password goes into a header only', () => {
  const proxy = proxyFor('https://h', {https_proxy: 'http://me:p%40ss@p.example:3128'});
  expect(describeProxy(proxy!)).toBe('through the proxy http://p.example:3128 of $https_proxy');
  expect(proxyAuthorization(proxy!)).toBe(`Basic ${Buffer.from('me:p@ss').toString('base64')}`);
  expect(proxyAuthorization(proxyFor('https://h', {HTTPS_PROXY: 'http://p:1'})!)).toBeUndefined();
});
