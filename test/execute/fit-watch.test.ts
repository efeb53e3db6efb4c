import {afterEach, describe, expect, test} from 'vitest';

import {runMac} from '../support/mac.ts';
import * as ollama from '../support/servers/ollama.ts';
import {startStub, type StubServer} from '../support/servers/stub.ts';
import {makeWorkspace} from '../support/workspace.ts';

let stub: StubServer | undefined;
afterEach(async () => {
  await stub?.close();
  stub = undefined;
});

const ANSWER = JSON.stringify({rationale: 'because the text says so', answer: 'The other one'});

interface Try {
  readonly numCtx: number;
  readonly charactersPerToken?: number;
  readonly replyTokens?: number;
  readonly tasks?: string;
}

/**
 * Runs two agents over two rounds against an Ollama that counts as the test says; returns the warnings about contexts.
 */
async function warnings({numCtx, charactersPerToken = 4, replyTokens = 30, tasks = 'null'}: Try): Promise<string[]> {
  stub = await startStub(({method, body}) => {
    if (method !== 'POST') return {body: {models: [{name: 'm'}]}};
    const characters = body.messages.reduce((sum: number, {content}: {content: string}) => sum + content.length, 0);
    const prompt_eval_count = Math.round(characters / charactersPerToken);
    return ollama.chat({content: ANSWER}, {prompt_eval_count, eval_count: replyTokens});
  });
  const model = `{backend: ollama, model_name: m, ollama_api_url: "${stub.url}", ollama_config: {num_ctx: ${numCtx}}}`;
  const extra = `_grid: {sweep: {agent_definitions.0.persona: [${tasks}]}}`;
  const {exitCode, stderr} = await runMac(['run', 'config/c.yaml'], {
    cwd: makeWorkspace({model, extra, questions: 3, rounds: 2}),
  });
  expect(exitCode, stderr).toBe(0);
  return stderr.split('\n').filter(line => line.includes('will likely not fit'));
}

describe('the context while a grid runs', () => {
  test('too small for the last round by what the first answers measure: one warning for a model, with numbers', async () => {
    const [warning, ...more] = await warnings({
      numCtx: 800,
      charactersPerToken: 1.5,
      replyTokens: 95,
      tasks: 'null, nurse, judge',
    });
    expect(more).toEqual([]);
    const [, need, question, said] =
      /will likely not fit into num_ctx 800: about (\d+) tokens \((\d+) of the longest question, (\d+) of what 2 agents said, 100 for the reply/.exec(
        warning ?? '',
      ) ?? [];
    expect(Number(need)).toBe(Number(question) + Number(said) + 100);
    expect(Number(need)).toBeGreaterThan(800);
    expect(Number(said)).toBe(2 * (20 + 95));
    expect(warning).toMatch(/1\.\d characters a token on its first 4 answers\): raise num_ctx, or lower max_tokens/);
  });

  test('is large enough where tokens are longer, or counts leave a cached part out: no warning', async () => {
    expect(await warnings({numCtx: 800, charactersPerToken: 4.5})).toEqual([]);
    expect(await warnings({numCtx: 8192, charactersPerToken: 1.5})).toEqual([]);
    expect(await warnings({numCtx: 800, charactersPerToken: 40})).toEqual([]);
  });
});
