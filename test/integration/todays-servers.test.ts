import {afterEach, describe, expect, test} from 'vitest';

import {runMac} from '../support/mac.ts';
import {recordsOf} from '../support/records.ts';
import * as ollama from '../support/servers/ollama.ts';
import * as openai from '../support/servers/openai.ts';
import {completion, startStub, type StubReply, type StubRequest} from '../support/servers/stub.ts';
import * as vllm9 from '../support/servers/vllm-0.9.ts';
import {makeWorkspace} from '../support/workspace.ts';

const closes: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closes.splice(0)) await close();
});

async function serve(answer: (request: StubRequest) => StubReply) {
  const stub = await startStub(request => {
    if (request.method === 'POST') return answer(request);
    const isList = /\/(?:models|tags)$/.test(request.path);
    return isList ? {body: {data: [{id: 'm'}], models: [{name: 'm'}]}} : {status: 404, body: ''};
  });
  closes.push(() => stub.close());
  return stub;
}

const ANSWER = JSON.stringify({rationale: 'because the text says so', answer: 'The other one'});

describe('mac run with servers as they are today', () => {
  test('learns once what a server does not take, says it once, and records it', async () => {
    const stub = await serve(({body}) => {
      if (body.messages[0].role === 'system') return vllm9.systemRoleNotSupported;
      return 'max_completion_tokens' in body
        ? openai.unknownParameter('max_completion_tokens')
        : completion({content: ANSWER});
    });
    const model = `{backend: openai, model_name: m, max_num_seqs: 1, api_config: {base_url: "${stub.url}/v1"}, request: {add: {repetition_penalty: 1.1}}}`;
    const cwd = makeWorkspace({model, questions: 3});
    const {exitCode, stderr} = await runMac(['run', 'config/c.yaml'], {cwd});
    expect(exitCode, stderr).toBe(0);
    expect(stderr.match(/takes no system message/g)).toHaveLength(1);
    expect(stderr.match(/refuses max_completion_tokens/g)).toHaveLength(1);
    expect(stub.seen.filter(({method}) => method === 'POST')).toHaveLength(3 * 2 + 2);
    for (const transcript of recordsOf(cwd).transcripts) {
      for (const message of transcript.conversation_rounds[0].messages) {
        expect(message.message_metadata.call.sampling).toMatchObject({
          max_tokens: 100,
          temperature: 0,
          repetition_penalty: 1.1,
          system_role: 'fold',
        });
      }
    }
  });

  test('half a surrogate pair in a rationale poisons no later round', async () => {
    const half = ANSWER.replace('because', String.raw`half \ud83d of an emoji`);
    const stub = await serve(({body}) =>
      /\\ud83d/.test(JSON.stringify(body))
        ? {status: 400, body: {error: {message: 'surrogates not allowed'}}}
        : completion({content: half}),
    );
    const model = `{backend: vllm, model_path: m, max_num_seqs: 4, api_config: {base_url: "${stub.url}/v1"}}`;
    const cwd = makeWorkspace({model, questions: 2, rounds: 2});
    const {exitCode, stderr} = await runMac(['run', 'config/c.yaml'], {cwd});
    expect(exitCode, stderr).not.toBe(70);
    const [transcript] = recordsOf(cwd).transcripts;
    expect(transcript.conversation_summary.status).toBe('succeeded');
    const [, second] = transcript.conversation_rounds;
    expect(second.messages[0].message_metadata.call.sampling.text_repaired).toBe(true);
    expect(second.messages[0].structured_response.rationale).toContain('half \ufffd of an emoji');
  });

  test('a prompt that Ollama cut is no answer', async () => {
    const stub = await serve(() => ollama.chat({content: ANSWER}, {prompt_eval_count: 256}));
    const model = `{backend: ollama, model_name: m, ollama_api_url: "${stub.url}", ollama_config: {num_ctx: 256}}`;
    const cwd = makeWorkspace({model, questions: 2});
    const {exitCode, stderr} = await runMac(['run', 'config/c.yaml'], {cwd});
    expect(exitCode, stderr).toBe(1);
    expect(stderr).toMatch(/warning .*Ollama cut the prompt: 256 tokens of num_ctx 256/);
    for (const {conversation_summary: summary} of recordsOf(cwd).transcripts)
      expect(summary.outcome).toBe('prompt-truncated');
  });
});
