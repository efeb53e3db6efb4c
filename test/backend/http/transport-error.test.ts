import {createServer, type Socket} from 'node:net';
import type {AddressInfo} from 'node:net';
import {afterEach, describe, expect, test} from 'vitest';

import {createTransport} from '../../../src/backend/http/transport.ts';
import {describeTransportError, TransportError} from '../../../src/backend/http/transport-error.ts';

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

/** Returns the error of a call that reaches a bare socket. */
async function callSocket(onSocket: (socket: Socket) => void, scheme = 'http'): Promise<TransportError> {
  const server = createServer(socket => {
    socket.on('error', () => undefined);
    onSocket(socket);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  open.push(() => new Promise(resolve => void server.close(() => resolve())));
  return await call(`${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`);
}

async function call(url: string): Promise<TransportError> {
  const transport = createTransport({connections: 1, timeoutMs: 60_000});
  try {
    await transport.send(url, {signal: new AbortController().signal});
  } catch (error) {
    if (error instanceof TransportError) return error;
    throw error;
  } finally {
    await transport.close();
  }
  throw new Error('it answered');
}

/** Sends bytes once a request has come. */
const sends =
  (bytes: string) =>
  (socket: Socket): void =>
    void socket.once('data', () => socket.end(bytes));

describe('what happens on a socket is told in plain words, with its code', () => {
  test('nothing listens', async () => {
    const server = createServer();
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    const {port} = server.address() as AddressInfo;
    await new Promise(resolve => server.close(resolve));
    expect(await call(`http://127.0.0.1:${port}`)).toMatchObject({
      reason: 'unreachable',
      message: 'nothing listens there (ECONNREFUSED)',
    });
  });

  test.each<[string, (socket: Socket) => void, string, RegExp]>([
    [
      'a cut connection',
      socket => void socket.once('data', () => socket.resetAndDestroy()),
      'unreachable',
      /^the connection was cut \(\w+\)$/,
    ],
    ['an end without an answer', sends(''), 'unreachable', /^the connection was cut \(UND_ERR_SOCKET\)$/],
    [
      'an answer of another protocol',
      sends('SSH-2.0-OpenSSH_9.6\r\n'),
      'nonsense',
      /^what listens there does not speak HTTP: Response does not match the HTTP\/1\.1 protocol/,
    ],
    [
      'headers without end',
      sends(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(100_000)}\r\n\r\n`),
      'nonsense',
      /^the headers of the answer are far too large \(UND_ERR_HEADERS_OVERFLOW\)$/,
    ],
    [
      'less than the promised length',
      sends('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nx'),
      'unreachable',
      /^the connection was cut \(UND_ERR_SOCKET\)$/,
    ],
  ])('%s', async (_what, onSocket, reason, message) => {
    const error = await callSocket(onSocket);
    expect(error.reason).toBe(reason);
    expect(error.message).toMatch(message);
  });

  test('no TLS', async () => {
    const error = await callSocket(sends('HTTP/1.1 400 Bad Request\r\n\r\n'), 'https');
    expect(error.reason).toBe('unreachable');
    expect(error.message).toMatch(/^no TLS is spoken there \(http:\/\/ instead of https:\/\/\?\) \(\w+\)$/);
  });

  test('a request that cannot be sent', async () => {
    const transport = createTransport({connections: 1, timeoutMs: 60_000});
    const sent = transport.send('http://127.0.0.1:1', {
      headers: {'x-who': 'Zoë 漢'},
      signal: new AbortController().signal,
    });
    await expect(sent).rejects.toMatchObject({reason: 'refused', message: expect.stringContaining('cannot be sent')});
    await transport.close();
  });
});

const withCode = (code: string, message = 'words of Node', cause?: Error): Error =>
  Object.assign(new Error(message, {cause}), {code});

test.each<[string, TransportError['reason'], string]>([
  ['ENOTFOUND', 'unreachable', 'no such host (ENOTFOUND)'],
  ['ETIMEDOUT', 'unreachable', 'the host does not answer (ETIMEDOUT)'],
  ['EMFILE', 'unreachable', 'too many files and connections are open in this process (ulimit -n) (EMFILE)'],
  ['CERT_HAS_EXPIRED', 'unreachable', 'its certificate has expired (CERT_HAS_EXPIRED)'],
  ['UND_ERR_CLOSED', 'aborted', 'the backend was closed (UND_ERR_CLOSED)'],
  // Their own words say more than ours.
  ['UND_ERR_ABORTED', 'unreachable', 'the proxy makes no connection to it: words of Node (UND_ERR_ABORTED)'],
  ['UND_ERR_INVALID_ARG', 'refused', 'the request cannot be sent: words of Node (UND_ERR_INVALID_ARG)'],
  ['ESTRANGE', 'unreachable', 'words of Node (ESTRANGE)'],
])('%s is %s', (code, reason, message) => {
  expect(describeTransportError(withCode(code))).toMatchObject({reason, message});
});

test('of a chain of causes the deepest code counts', () => {
  const deepest = withCode('ECONNREFUSED');
  expect(describeTransportError(withCode('UND_ERR_SOCKET', 'x', new Error('y', {cause: deepest})))).toMatchObject({
    message: 'nothing listens there (ECONNREFUSED)',
  });
});

test('an error without a code keeps its words; one of ours stays as it is', () => {
  expect(describeTransportError(new Error('strange'))).toMatchObject({reason: 'unreachable', message: 'strange'});
  const own = new TransportError('timeout', 'late');
  expect(describeTransportError(own)).toBe(own);
});
