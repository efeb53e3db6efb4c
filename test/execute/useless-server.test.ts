import {createServer, type IncomingMessage, type Server, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import {afterEach, expect, test} from 'vitest';

import {main} from '../../src/cli/main.ts';
import {fastClock} from '../support/fast-clock.ts';
import {recordsOf} from '../support/records.ts';
import {makeWorkspace} from '../support/workspace.ts';

/** Minutes of patience take seconds. */
const FAST = 200;

const GOOD = JSON.stringify({
  model: 'm',
  choices: [{message: {content: '{"answer": "The first one", "rationale": "r"}'}, finish_reason: 'stop'}],
  usage: {prompt_tokens: 1, completion_tokens: 1},
});

type Answer = (response: ServerResponse, request: IncomingMessage, call: number) => void;

let server: Server | undefined;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** Runs four questions of two tasks against a server that is well whenever it is asked for its models. */
async function runAgainst(answer: Answer, speed = FAST) {
  let calls = 0;
  server = createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      if (request.method === 'GET') response.end(JSON.stringify({data: [{id: 'm'}]}));
      else answer(response, request, calls++);
    });
  });
  await new Promise<void>(resolve => server?.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  const cwd = makeWorkspace({
    model: `{backend: vllm, model_path: m, max_num_seqs: 4, api_config: {base_url: "${url}", max_retries: 2}}`,
    extra: '_grid: {sweep: {agent_definitions.0.persona: [null, nurse]}}',
  });
  let text = '';
  const output = {write: (more: string) => void (text += more), isTerminal: false, columns: 80};
  const exitCode = await main(['run', 'config/c.yaml'], {
    stdout: output,
    stderr: output,
    env: {},
    cwd,
    clock: fastClock(speed),
  });
  return {exitCode, text, records: recordsOf(cwd)};
}

test.each<[string, Answer, RegExp]>([
  [
    'refuses every call',
    response => void response.writeHead(429, {'retry-after': '1'}).end('{"error": {"message": "slow down"}}'),
    /rate-limited by the server, no answer for (?:[3-9]\d\d|\d{4,}) s .*429.*slow down/,
  ],
  ['cuts every connection', (_response, request) => request.socket.destroy(), /no answer for \d+ s .*was cut/],
  [
    'cuts every answer half-way',
    response => {
      response.writeHead(200, {'content-length': '1000'});
      response.write('{"choices"', () => response.destroy());
    },
    /no answer for \d+ s .*was cut/,
  ],
])('a server that %s is given up with the reason, and its questions stay to be done', async (_what, answer, reason) => {
  const {exitCode, text, records} = await runAgainst(answer);
  expect(exitCode).toBe(1);
  expect(text).toMatch(reason);
  expect(text).toContain('what is left: mac resume');
  expect(records.transcripts).toEqual([]);
});

test('a server that refuses every other call does all its work', async () => {
  const answer: Answer = (response, _request, call) => {
    if (call % 2 === 0) response.writeHead(429).end('{"error": {"message": "slow down"}}');
    else response.end(GOOD);
  };
  // Slow enough for a machine that stands still for seconds, which must not look like minutes without an answer.
  const {exitCode, records} = await runAgainst(answer, 10);
  expect(exitCode).toBe(0);
  expect(records.transcripts.length).toBe(8);
});
