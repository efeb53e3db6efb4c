import {createServer, type IncomingMessage, type Server, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import {execa} from 'execa';
import {afterEach, describe, expect, test} from 'vitest';

import {MAC, runMac} from '../support/mac.ts';
import {countRecorded, recordsOf} from '../support/records.ts';
import {makeWorkspace} from '../support/workspace.ts';

const GOOD = JSON.stringify({
  model: 'm',
  choices: [{message: {content: '{"answer": "The first one", "rationale": "r"}'}, finish_reason: 'stop'}],
  usage: {prompt_tokens: 1, completion_tokens: 1},
});

let servers: Server[] = [];

afterEach(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  servers = [];
});

/**
 * A server that answers chat calls as the test decides; `call` counts from 0, in the order in which requests arrive,
 * which is that of no queue.
 */
async function serve(
  onChat: (call: number, response: ServerResponse, request: IncomingMessage, body: string) => void,
): Promise<string> {
  let calls = 0;
  const server = createServer((request, response) => {
    if (request.method === 'GET') {
      response.end(JSON.stringify({data: [{id: 'm'}]}));
      return;
    }
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => onChat(calls++, response, request, body));
  });
  servers.push(server);
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
}

function model(url: string, extra = ''): string {
  return `{backend: vllm, model_path: m, max_num_seqs: 8, api_config: {base_url: "${url}", max_retries: 2, timeout_seconds: 300${extra}}}`;
}

/** Runs four questions against a server; its faults are over after a while. */
async function runAgainst(url: string, timeoutSeconds = 300) {
  const definition = model(url).replace('timeout_seconds: 300', `timeout_seconds: ${timeoutSeconds}`);
  const workspace = makeWorkspace({model: definition, rounds: 2});
  const result = await runMac(['run', 'config/c.yaml'], {cwd: workspace});
  return {...result, workspace, records: recordsOf(workspace)};
}

describe('a server that misbehaves for a while', () => {
  test.each<[string, (response: ServerResponse, request: IncomingMessage) => void]>([
    [
      'answering 429 with Retry-After',
      response => void response.writeHead(429, {'retry-after': '0'}).end('{"error": {"message": "slow down"}}'),
    ],
    ['answering 503 with a page', response => void response.writeHead(503).end('<html><body>busy</body></html>')],
    ['cutting the connection', (_response, request) => request.socket.destroy()],
    [
      'cutting it half-way',
      response => {
        response.writeHead(200, {'content-length': '1000'});
        response.write('{"choices"', () => response.destroy());
      },
    ],
    ['answering nonsense', response => void response.writeHead(200).end('<html>hello</html>')],
    ['answering 10 MB', response => void response.writeHead(200).end('x'.repeat(10 * 1024 * 1024))],
    ['never ending its answer', response => void response.writeHead(200).write('{')],
  ])('%s loses nothing', async (what, misbehave) => {
    const url = await serve((call, response, request) => {
      if (call < 2) misbehave(response, request);
      else response.end(GOOD);
    });
    // Long enough for every good answer.
    const {exitCode, stderr, records} = await runAgainst(url, what.startsWith('never') ? 5 : undefined);
    expect(exitCode, stderr).toBe(0);
    expect(records.transcripts.length).toBe(4);
  });

  test('an answer without content is asked again', async () => {
    const url = await serve((call, response) =>
      response.end(call === 0 ? JSON.stringify({choices: [{message: {content: null}, finish_reason: 'stop'}]}) : GOOD),
    );
    const {exitCode, records} = await runAgainst(url);
    expect(exitCode).toBe(0);
    expect(
      records.transcripts.some(
        ({conversation_summary: summary}) => summary.retry_statistics.total_retry_attempts === 1,
      ),
    ).toBe(true);
  });
});

describe('a server that stays wrong', () => {
  test('is named when it is not there, and the questions stay to be done', async () => {
    const workspace = makeWorkspace({model: model('http://127.0.0.1:1/v1')});
    const {exitCode, stdout} = await runMac(['run', 'config/c.yaml'], {cwd: workspace});
    expect(exitCode).toBe(1);
    expect(stdout).toContain('nothing listens there');
    expect(stdout).toContain('mac resume');
    expect(recordsOf(workspace).transcripts).toEqual([]);
  });

  test('is named when it lacks the model', async () => {
    const url = await serve((_call, response) => response.end(GOOD));
    const workspace = makeWorkspace({model: model(url).replace('model_path: m', 'model_path: other')});
    const {exitCode, stdout} = await runMac(['run', 'config/c.yaml'], {cwd: workspace});
    expect(exitCode).toBe(1);
    expect(stdout).toContain('does not serve other; it serves: m');
  });

  test('refusing the key stops at once, and the key appears nowhere', async () => {
    const key = 'sk-secret-abcdefghijklmnop';
    const url = await serve((_call, response) =>
      response.writeHead(401).end(JSON.stringify({error: {message: `Incorrect API key provided: ${key}`}})),
    );
    const workspace = makeWorkspace({model: model(url, ', api_key_env: MY_KEY')});
    const {exitCode, stdout, stderr} = await runMac(['run', 'config/c.yaml'], {cwd: workspace, env: {MY_KEY: key}});
    expect(exitCode).toBe(1);
    expect(stdout).toContain('401');
    const {stdout: found} = await execa('grep', ['-r', key, workspace], {reject: false});
    expect(stdout + stderr + found).not.toContain(key);
  });

  test('failing every time ends conversations, not the run; resume does the rest once it is well', async () => {
    let isWell = false;
    const url = await serve((_call, response) =>
      isWell ? response.end(GOOD) : response.writeHead(500).end('{"error": {"message": "broken"}}'),
    );
    const workspace = makeWorkspace({model: model(url).replace('max_retries: 2', 'max_retries: 0')});
    const failed = await runMac(['run', 'config/c.yaml'], {cwd: workspace});
    expect(failed.exitCode).toBe(1);
    isWell = true;
    const {exitCode} = await runMac(['resume'], {cwd: workspace});
    expect(exitCode).toBe(0);
    const {transcripts, indexLines} = recordsOf(workspace);
    expect(transcripts.length).toBe(4);
    expect(transcripts.every(({conversation_summary: {status}}) => status === 'succeeded')).toBe(true);
    expect(indexLines.filter(({status}) => status === 'succeeded').length).toBe(4);
  });
});

test('Ctrl-C writes everything and says how to go on; a second one leaves at once', async () => {
  const url = await serve((_call, response, _request, body) => {
    if (/Which one, q[01]\?/.test(body)) response.end(GOOD); // two conversations; the others hang
  });
  const workspace = makeWorkspace({model: model(url), questions: 6});
  const child = execa(process.execPath, [MAC, 'run', 'config/c.yaml'], {cwd: workspace, reject: false});
  while (countRecorded(workspace) < 2) await new Promise(resolve => setTimeout(resolve, 10));
  child.kill('SIGINT');
  await new Promise<void>(resolve =>
    child.stderr.on('data', (text: Buffer) => String(text).includes('stopping') && resolve()),
  );
  child.kill('SIGINT');
  const {exitCode, stderr} = await child;
  expect(exitCode).toBe(130);
  expect(stderr).toContain('mac resume');
  servers[0]!.removeAllListeners('request');
  servers[0]!.on('request', (request, response) => {
    request.resume();
    request.on('end', () => response.end(request.method === 'GET' ? JSON.stringify({data: [{id: 'm'}]}) : GOOD));
  });
  expect((await runMac(['resume'], {cwd: workspace})).exitCode).toBe(0);
  const {transcripts, indexLines} = recordsOf(workspace);
  expect(transcripts.length).toBe(6);
  expect(indexLines.length).toBe(6);
});

test('a stopped run ends at once although calls wait to be repeated', async () => {
  let calls = 0;
  const url = await serve((_call, response) => {
    calls++;
    response.writeHead(429, {'retry-after': '100'}).end('{"error": {"message": "slow down"}}');
  });
  const workspace = makeWorkspace({model: model(url)});
  const child = execa(process.execPath, [MAC, 'run', 'config/c.yaml'], {
    cwd: workspace,
    reject: false,
    timeout: 90_000,
  });
  while (calls < 4) await new Promise(resolve => setTimeout(resolve, 10));
  child.kill('SIGTERM');
  const {exitCode, stdout} = await child;
  expect(exitCode).toBe(143);
  expect(stdout).toContain('mac resume');
});

test('a run that is stopped while it waits for a server to be well ends at once', async () => {
  const asked: unknown[] = [];
  const server = createServer(request => asked.push(request));
  servers.push(server);
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  const workspace = makeWorkspace({model: model(url)});
  const child = execa(process.execPath, [MAC, 'run', 'config/c.yaml'], {
    cwd: workspace,
    reject: false,
    timeout: 90_000,
  });
  while (asked.length === 0) await new Promise(resolve => setTimeout(resolve, 10));
  child.kill('SIGTERM');
  const {exitCode, stdout} = await child;
  expect(exitCode).toBe(143);
  expect(stdout).toContain('stopped while it was being opened');
});
