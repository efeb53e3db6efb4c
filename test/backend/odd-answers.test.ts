import {createServer, type IncomingHttpHeaders} from 'node:http';
import type {AddressInfo} from 'node:net';
import {expect, test} from 'vitest';

import type {ChatOutcome, ChatRequest} from '../../src/backend/backend.ts';
import {createBackend} from '../../src/backend/backends.ts';
import {systemClock} from '../../src/core/clock.ts';
import type {ModelDefinition} from '../../src/core/task-config.ts';

const REQUEST: ChatRequest = {
  requestId: '7_0/id/Zoë 漢字/0/0.0',
  system: 's',
  user: 'u',
  sampling: {temperature: 0, max_tokens: 10},
};

function definitionOf(backend: string, url: string): ModelDefinition {
  const model_name = 'm';
  const ollama = {backend, model_name, ollama_api_url: url};
  if (backend === 'ollama') return ollama;
  if (backend === 'vllm') return {backend, model_path: 'm', api_config: {base_url: `${url}/v1`}};
  return {backend: 'anthropic', model_name, api_config: {base_url: url}};
}

/** One call to a server that answers with this body. */
async function call(backend: string, body: string): Promise<{outcome: ChatOutcome; headers: IncomingHttpHeaders}> {
  let headers: IncomingHttpHeaders = {};
  const server = createServer((request, response) => {
    ({headers} = request);
    request.resume().on('end', () => response.writeHead(200, {'content-type': 'application/json'}).end(body));
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const {port} = server.address() as AddressInfo;
  const definition = definitionOf(backend, `http://127.0.0.1:${port}`);
  const model = await createBackend(definition, {env: {}, clock: systemClock, connections: 1});
  const outcome = await model.complete(REQUEST, new AbortController().signal);
  await model.close();
  server.close();
  return {outcome, headers};
}

const ANSWERS: Readonly<Record<string, string>> = {
  anthropic: '{"content": [{"type": "text", "text": "hello"}], "usage": {"input_tokens": 3, "output_tokens": "many"}}',
  ollama: '{"message": {"content": "hello"}, "prompt_eval_count": 3, "eval_count": "many", "model": 7}',
  vllm: '{"choices": [{"message": {"content": "hello"}}], "usage": {"prompt_tokens": 3, "completion_tokens": "many"}}',
};

test.each(Object.keys(ANSWERS))('%s: agents may have any name, and fields any type', async backend => {
  const {outcome, headers} = await call(backend, ANSWERS[backend]!);
  expect(headers['x-request-id']).toBe('7_0/id/Zo%C3%AB%20%E6%BC%A2%E5%AD%97/0/0.0');
  expect(outcome).toMatchObject({kind: 'reply', text: 'hello', promptTokens: 3, responseTokens: 0, servedModel: null});
});

test.each(
  Object.keys(ANSWERS).flatMap(backend => ['null', '7', '[]', '{}', 'hello'].map(body => [backend, body] as const)),
)('%s: the answer %s is nonsense, not a server that cannot be reached', async (backend, body) => {
  const {outcome} = await call(backend, body);
  expect(outcome).toMatchObject({kind: 'failure', reason: 'nonsense'});
});

test('anthropic: parts that are no parts say nothing', async () => {
  const {outcome} = await call(
    'anthropic',
    '{"content": [null, 7, {"type": "thinking", "text": "x"}, {"type": "text"}]}',
  );
  expect(outcome).toMatchObject({kind: 'reply', text: ''});
});
