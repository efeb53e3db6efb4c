import {createServer, type IncomingHttpHeaders} from 'node:http';
import type {AddressInfo} from 'node:net';
import {expect} from 'vitest';

import type {ChatOutcome, ChatRequest, Sampling} from '../../src/backend/backend.ts';
import {createBackend} from '../../src/backend/backends.ts';
import {vllmEngineArguments, vllmServeArguments} from '../../src/backend/vllm/vllm-flags.ts';
import {callRetries} from '../../src/execute/requests/served-model.ts';
import {systemClock} from '../../src/core/clock.ts';
import {agentSystemPrompt} from '../../src/conversation/prompt/identity.ts';
import {parseResponse} from '../../src/conversation/reading/parse-response.ts';
import {validateTaskConfig} from '../../src/config/validate.ts';
import {goldenSuite, type GoldenVector} from '../support/golden.ts';

const OWN_WORDS = 'failures on the way name the address and what happened, in our words; class and code are the same';
const AT_PLANNING = 'refused when the config is checked, before any model is asked';
const ALWAYS_JSON = 'every prompt asks for JSON, so there is no call for free text';
const SENDS_ALL = 'sampling options and num_ctx of the config reach Ollama (the older system dropped them)';
const NO_ENGINE =
  'there is no engine to load or to lose in our process: a vLLM server is checked before the first request';

function decide({tag, input, expected}: GoldenVector): string | undefined {
  const raise = input.simulated_backend?.raise;
  if (input.call.response_format === 'text') return ALWAYS_JSON;
  if (tag === 'ollama' && (input.model_definition.ollama_config || input.agent.top_p)) return SENDS_ALL;
  if (input.simulated_backend?.init_raise) return NO_ENGINE;
  if (tag === 'vllm' && (input.simulated_backend?.response === null || raise?.kind === 'fnf')) return NO_ENGINE;
  if (expected.error && !input.simulated_backend?.raise && !input.simulated_backend?.status) {
    return tag === 'ollama' ? OWN_WORDS : AT_PLANNING;
  }
  if (raise && raise.kind !== 'status' && raise.kind !== 'rate' && tag !== 'vllm') return OWN_WORDS;
  if (tag === 'ollama' && expected.error) return OWN_WORDS;
  return undefined;
}

goldenSuite('backend-requests.json', {
  mode: 'reference',
  decision: decide,
  check: async vector => {
    const {expected, input, tag} = vector;
    const {outcome, request, client} = await call(vector);
    if (expected.error) {
      expect(outcome.kind).toBe('failure');
      if (outcome.kind !== 'failure') return;
      const {error_class, error_code, message, details} = outcome.error;
      expect({type: error_class, message, error_code}).toEqual({
        type: expected.error.type,
        message: expected.error.message,
        error_code: expected.error.error_code,
      });
      expect(Object.keys(details).sort()).toEqual(Object.keys(expected.error.details).sort());
      return;
    }
    if (expected.sent) checkSent(vector, request);
    if (expected.sent?.client_kwargs) checkClient(vector, client);
    expect(outcome.kind).toBe('reply');
    if (outcome.kind !== 'reply') return;
    expect(outcome.text).toBe(expected.result.text);
    expect(outcome.promptTokens).toBe(expected.result.tokens_prompt);
    expect(outcome.responseTokens).toBe(expected.result.tokens_generated);
    expect(outcome.ending === 'max-tokens').toBe(expected.result.exceeded_max_tokens);
    if (tag === 'openai' || tag === 'anthropic') expect(outcome.finishReason).toBe(expected.result.finish_reason);
    expect(parseResponse(outcome.text).value).toEqual(expected.result.structured_output);
    expect(input.agent.agent_id).toBeTruthy();
  },
  checkDecision: async (vector, reason) => {
    const {input} = vector;
    if (reason === NO_ENGINE) return;
    if (reason === ALWAYS_JSON || reason === SENDS_ALL) {
      const {outcome, request} = await call(vector);
      expect(outcome.kind).toBe('reply');
      if (reason === ALWAYS_JSON) expect(JSON.stringify(request)).toMatch(/valid JSON only|"format":"json"/);
      else
        expect(request.options).toMatchObject({
          num_ctx: input.model_definition.ollama_config.num_ctx,
          top_p: input.agent.top_p,
        });
      return;
    }
    if (reason === OWN_WORDS && input.model_definition.backend === 'ollama' && !input.simulated_backend.status) {
      // Whether Ollama is there and has the model is found out before the first request.
      const model =
        input.model_definition.model_name === 'absent-model'
          ? await withEmptyOllama(input.model_definition)
          : input.model_definition;
      const backend = await createBackend(model, {env: {}, clock: systemClock, connections: 1});
      const failure = await backend.check(new AbortController().signal);
      await backend.close();
      expect(failure?.error.message).toMatch(/ollama pull absent-model|ollama serve/);
      return;
    }
    if (reason === AT_PLANNING) {
      const config = {
        experiment_metadata: {
          experiment_name: 'e',
          benchmark_subcategory: 'b',
          schema_version: 'v',
          questions_file: 'q',
        },
        conversation_config: {routing_strategy: 'vanilla', max_rounds: 1},
        retry_config: {
          max_retries: 0,
          answer_match_threshold: 0.75,
          retry_on_validation_error: true,
          retry_on_generation_error: true,
        },
        identity_reveal_config: {reveal_persona: true, reveal_demographics: true, reveal_presence_mode: true},
        model_definitions: {m: input.model_definition},
        agent_definitions: [{...input.agent, ...input.call, prompt: undefined}],
      };
      expect(validateTaskConfig(config).problems.length).toBeGreaterThan(0);
      return;
    }
    const {outcome} = await call(vector);
    expect(outcome.kind).toBe('failure');
    if (outcome.kind === 'failure') expect(outcome.error.message).toMatch(/failed|Ollama/);
  },
});

function checkSent({tag, input, expected}: GoldenVector, request: any): void {
  if (tag !== 'vllm') {
    expect(request).toEqual(expected.sent.request);
    return;
  }
  const {
    engine_args: engine,
    sampling_params: sampling,
    chat_template_messages: messages,
    chat_template_kwargs: kwargs,
  } = expected.sent;
  const {max_num_seqs: _own, ...ours} = vllmEngineArguments(input.model_definition);
  const {max_num_seqs: _theirs, ...theirs} = engine;
  expect(ours).toEqual(theirs);
  const argv = vllmServeArguments(input.model_definition).join(' ');
  for (const [name, value] of Object.entries(engine)) {
    // vLLM has no such option any more.
    if (name === 'swap_space') expect(argv).not.toContain('swap');
    else if (name === 'model') expect(argv).toContain(`serve ${String(value)}`);
    else
      expect(argv).toContain(
        `--${value === false && name !== 'enforce_eager' ? 'no-' : ''}${value === false && name === 'enforce_eager' ? '' : name.replaceAll('_', '-')}`,
      );
  }
  const {model: _model, messages: sent, chat_template_kwargs: sentKwargs, ...options} = request;
  expect(options).toEqual(sampling);
  expect(sent).toEqual(messages);
  expect(sentKwargs?.enable_thinking).toBe(kwargs.enable_thinking);
}

/** Compares how the client was made with what a server sees of it: path and key; and with what repeats its calls. */
function checkClient({tag, input, expected}: GoldenVector, client: SeenClient): void {
  const {api_key: key, base_url: base, timeout, max_retries: retries, ...others} = expected.sent.client_kwargs;
  expect(others).toEqual({});
  const isAnthropic = tag === 'anthropic';
  expect(client.path).toBe(isAnthropic ? '/v1/messages' : '/v1/chat/completions');
  if (base !== undefined) expect(input.model_definition.api_config.base_url).toBe(base);
  const sentKey = isAnthropic ? client.headers['x-api-key'] : client.headers.authorization?.replace(/^Bearer /, '');
  if (key !== undefined) expect(sentKey).toBe(key);
  else expect(Object.values(input.env)).not.toContain(sentKey);
  // The pool gives up, not the client, and calls are repeated by the dispatcher.
  expect(callRetries(input.model_definition)).toBe(retries);
  expect(timeout).toBe(input.model_definition.api_config?.timeout_seconds ?? 120);
}

/** An Ollama without any model. */
async function withEmptyOllama(model: any): Promise<any> {
  const server = createServer((_request, response) => response.end(JSON.stringify({models: []})));
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  server.unref();
  return {...model, ollama_api_url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`};
}

/** The parts of a request that a server sees beside its body. */
interface SeenClient {
  path: string | undefined;
  headers: IncomingHttpHeaders;
}

async function call({tag, input}: GoldenVector): Promise<{outcome: ChatOutcome; request: any; client: SeenClient}> {
  let request: any;
  const client: SeenClient = {path: undefined, headers: {}};
  const simulated = input.simulated_backend ?? {};
  let refusals = simulated.template_error || simulated.no_system_role ? 1 : 0;
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      // A look at the server's health.
      if (incoming.method === 'GET') {
        response.end();
        return;
      }
      request = JSON.parse(Buffer.concat(chunks).toString());
      client.path = incoming.url;
      client.headers = incoming.headers;
      const {raise} = simulated;
      if (refusals > 0) {
        refusals--;
        response.writeHead(400).end(JSON.stringify({error: {message: 'System role not supported'}}));
        return;
      }
      if (raise?.kind === 'conn' || raise?.kind === 'timeout') {
        incoming.socket.destroy();
        return;
      }
      if (raise || simulated.status) {
        const status = raise?.kind === 'rate' ? 429 : (raise?.status ?? simulated.status ?? 500);
        response
          .writeHead(status, {'content-type': 'application/json'})
          .end(JSON.stringify({error: {message: raise?.message ?? simulated.body}}));
        return;
      }
      response
        .writeHead(200, {'content-type': 'application/json'})
        .end(JSON.stringify(asHttp(tag!, simulated.response)));
    });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const model = withUrl(tag!, input.model_definition, url);
  try {
    const backend = await createBackend(model, {env: input.env, clock: systemClock, connections: 4});
    const outcome = await backend.complete(requestOf(input), new AbortController().signal);
    await backend.close();
    return {outcome, request, client};
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

function withUrl(tag: string, model: any, url: string): any {
  if (tag === 'ollama') return {...model, ollama_api_url: url};
  const base = tag === 'anthropic' ? url : `${url}/v1`;
  return {...model, api_config: {...model.api_config, base_url: base, timeout_seconds: 5}};
}

/** vLLM as a library gave texts and counts; its server wraps them. */
function asHttp(tag: string, response: any): any {
  if (tag !== 'vllm') return response;
  return {
    model: 'm',
    choices: [
      {
        message: {content: response.text},
        finish_reason: response.finish_reason ?? (response.truncated ? 'length' : 'stop'),
      },
    ],
    usage: {prompt_tokens: response.tokens_prompt, completion_tokens: response.tokens_generated},
  };
}

function requestOf({agent, call: {prompt, ...rest}}: any): ChatRequest {
  const pick = (name: string): any => rest[name] ?? agent[name];
  const sampling: any = {temperature: pick('temperature'), max_tokens: pick('max_tokens')};
  for (const name of ['top_p', 'top_k', 'min_p', 'presence_penalty', 'enable_thinking']) {
    if (pick(name) !== undefined && pick(name) !== null) sampling[name] = pick(name);
  }
  return {
    requestId: 'r',
    system: agentSystemPrompt(agent),
    user: prompt,
    sampling: sampling as Sampling,
    reference: true,
  };
}
