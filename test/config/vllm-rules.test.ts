import {describe, expect, test} from 'vitest';

import {validateTaskConfig} from '../../src/config/validate.ts';
import {aConfig} from './a-config.ts';

/** Returns problems and warnings for a vLLM model with this `vllm_config`: `found …; hint`. */
function saidOf(vllm_config: object, rest: object = {}): {problems: string[]; warnings: string[]} {
  const model = {backend: 'vllm', model_path: 'org/m', max_num_seqs: 8, vllm_config, ...rest};
  const {problems, warnings} = validateTaskConfig(aConfig({'model_definitions.llm_0': model}));
  const text = ({path, found, hint}: (typeof problems)[number]): string => `${path.at(-1)}: ${found}; ${hint ?? ''}`;
  return {problems: problems.map(text), warnings: warnings.map(text)};
}

describe('keys of vllm_config', () => {
  test.each([
    {reasoning_parser: 'qwen3', trust_remote_code: true, kv_cache_dtype: 'fp8', max_num_batched_tokens: 4096},
    {chat_template: 'c.jinja', tokenizer: 't', revision: 'main', download_dir: '/d', load_format: 'gguf'},
    {speculative_config: {method: 'ngram', num_speculative_tokens: 4}, hf_overrides: {a: 1}},
    {enable_expert_parallel: true, pipeline_parallel_size: 2, extra_args: ['--cpu-offload-gb', 4]},
    {extra_args: {'cpu-offload-gb': 4, 'enable-sleep-mode': true}},
    {extra_args: ['--pipeline-parallel-size=2', '--kv-transfer-config', '{"a": "b c"}']},
  ])('%j is fine', config => expect(saidOf(config)).toEqual({problems: [], warnings: []}));

  test.each([
    [['--port', '9000'], '--port'],
    [['--tensor-parallel-size=2'], '--tensor-parallel-size'],
    [['-tp', 2], '--tensor-parallel-size'],
    [['--tensor_parallel_size', 2], '--tensor-parallel-size'],
    [['--seed', '1'], '--seed'],
    [['--config', 'vllm.yaml'], '--config'],
    [{model: 'other'}, '--model'],
    [['--kv-cache-dtype', 'fp8'], '--kv-cache-dtype, which is a key'],
    [['--max-num-seqs', '4'], '--max-num-seqs, which is a key'],
    [['--no-enable-prefix-caching'], '--enable-prefix-caching, which is a key'],
    [['--max-lora-rank 32'], '"--max-lora-rank 32"'],
    [['serve', '--x'], '"serve"'],
  ])('extra_args %j repeats what mac sets, or is no option', (extra_args, found) => {
    const config = {kv_cache_dtype: 'auto', max_num_seqs_upper_bound: 8, enable_prefix_caching: true, extra_args};
    expect(saidOf(config).problems).toEqual([expect.stringContaining(`extra_args: ${found}`)]);
  });

  test.each([
    [{extra_args: ['--api-key', 'x']}],
    [{extra_args: ['--api-key=x']}],
    [{extra_args: {api_key: 'x'}}],
    [{extra_args: {'hf-token': 'x'}}],
    [{hf_overrides: {inner: {auth_token: 'x'}}}],
  ])('%j holds a secret, whose value is not repeated', config => {
    const {problems} = saidOf(config);
    expect(problems).toEqual([expect.stringContaining('looks like a secret')]);
    expect(problems[0]).not.toMatch(/\bx\b/);
  });

  test('adapters of which none is asked are a problem', () => {
    const config = {lora_modules: {kind: 'org/kind'}};
    expect(saidOf(config).problems).toEqual([expect.stringContaining('adapters of which none is asked')]);
    expect(saidOf(config, {model_name: 'kind'}).problems).toEqual([]);
  });

  test('swap_space is taken, with a warning that it is left out', () => {
    expect(saidOf({swap_space: 4})).toEqual({problems: [], warnings: [expect.stringContaining('since 0.18')]});
  });
});
