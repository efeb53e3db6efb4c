import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';

import {submitCommand} from '../../src/cli/commands/slurm/submit.ts';
import {aCommandIo} from '../support/command-io.ts';
import {makeWorkspace} from '../support/workspace.ts';

/** Submits a model behind this definition where there is no Slurm. */
async function submit(
  model: string,
  options: Parameters<typeof submitCommand>[1] = {},
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const workspace = makeWorkspace({model});
  const {io} = aCommandIo(workspace, {PATH: '', ...env});
  const error: unknown = await submitCommand('config/c.yaml', options, io).catch((caught: unknown) => caught);
  expect(existsSync(join(workspace, 'bookkeeping'))).toBe(false);
  return (error as {code: string}).code;
}

describe('a model at a loopback address', () => {
  test.each([
    ['{backend: vllm, model_path: m, max_num_seqs: 8, api_config: {base_url: "http://127.0.0.1:8000/v1"}}'],
    ['{backend: openai, model_name: m, api_config: {base_url: "http://0.0.0.0:8000/v1"}}'],
    ['{backend: ollama, model_name: m}'],
  ])('is not submitted unless it is said to be on every node: %s', async model => {
    expect(await submit(model)).toBe('loopback-address');
    expect(await submit(model, {allowLoopback: true})).toBe('slurm-missing');
  });

  test('is no matter for a model elsewhere, or one whose server the job starts', async () => {
    expect(await submit('{backend: vllm, model_path: m, max_num_seqs: 8}')).toBe('slurm-missing');
    expect(await submit('{backend: ollama, model_name: m}', {}, {OLLAMA_HOST: 'gpu-box'})).toBe('slurm-missing');
    expect(await submit('{backend: ollama, model_name: m, ollama_api_url: "http://box:11434"}')).toBe('slurm-missing');
  });
});
