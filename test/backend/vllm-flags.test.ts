import {readFileSync} from 'node:fs';
import {resolve} from 'node:path';
import {describe, expect, test} from 'vitest';

import type {VllmConfig, VllmModel} from '../../src/backend/vllm/vllm-schema.ts';
import {countServerGpus, vllmServeArguments, vllmServeCommand} from '../../src/backend/vllm/vllm-flags.ts';

/** The flags of a published vLLM, each with whether it takes a value or is a switch (`--x`, `--no-x`). */
const {version, flags} = JSON.parse(
  readFileSync(resolve(import.meta.dirname, '../fixtures/vllm/flags-0.33.0.json'), 'utf8'),
) as {version: string; flags: Record<string, 'value' | 'switch'>};

/** A value for every key, so that a new key cannot be forgotten here. vLLM dropped `swap_space` in 0.18. */
const EVERY_KEY: Required<Omit<VllmConfig, 'swap_space'>> = {
  tensor_parallel_size: 2,
  data_parallel_size: 2,
  pipeline_parallel_size: 1,
  gpu_device_ids: [0, 1, 2, 3],
  gpu_memory_utilization: 0.8,
  max_model_len: 8192,
  dtype: 'auto',
  max_num_seqs_upper_bound: 64,
  enable_prefix_caching: true,
  enforce_eager: true,
  quantization: 'fp8',
  attention_backend: 'FLASH_ATTN',
  enable_expert_parallel: true,
  max_num_batched_tokens: 8192,
  kv_cache_dtype: 'fp8',
  tokenizer: 'org/t',
  revision: 'main',
  load_format: 'safetensors',
  download_dir: '/models',
  trust_remote_code: true,
  chat_template: 'chat.jinja',
  reasoning_parser: 'qwen3',
  enable_lora: true,
  lora_modules: {kind: 'org/kind', curt: '/adapters/curt'},
  speculative_config: {method: 'ngram', num_speculative_tokens: 4},
  hf_overrides: {rope_scaling: {factor: 2}},
  extra_args: {'max-lora-rank': 32, enable_sleep_mode: true},
};
const served = (vllm_config: VllmConfig, rest: object = {}): VllmModel => ({
  backend: 'vllm',
  model_path: 'org/m',
  vllm_config,
  ...rest,
});

describe(`the command line of vllm serve, beside the flags of vLLM ${version}`, () => {
  test.each([true, false])('has only flags that exist, with every key set and its switches %s', on => {
    const config = Object.fromEntries(
      Object.entries(EVERY_KEY).map(([key, value]) => [key, typeof value === 'boolean' ? on : value]),
    ) as VllmConfig;
    const argv = vllmServeArguments({backend: 'vllm', model_path: 'org/m', vllm_config: config}, ['org/m', 'other']);
    const names = argv.filter(each => each.startsWith('--'));
    expect(names.length).toBeGreaterThan(8);
    expect(names.filter(name => !isKnown(name))).toEqual([]);
  });

  test('gives a value to every flag that takes one, and none to a switch', () => {
    const argv = vllmServeArguments({backend: 'vllm', model_path: 'org/m', vllm_config: EVERY_KEY}, ['org/m']);
    for (const [i, name] of argv.entries()) {
      if (!name.startsWith('--')) continue;
      const hasValue = argv[i + 1] !== undefined && !argv[i + 1]!.startsWith('--');
      expect(hasValue ? 'value' : 'switch', name).toBe(flags[name.replace(/^--no-/, '--')]);
    }
  });
});

describe('the command line of vllm serve', () => {
  const line = (config: VllmConfig): string => vllmServeArguments(served(config)).join(' ');

  test('holds adapters by their names, whose base model then has another, and configurations as JSON', () => {
    const argv = vllmServeArguments(served(EVERY_KEY, {model_name: 'kind'}), ['kind', 'nonce']);
    expect(argv.join(' ')).toContain('serve org/m --served-model-name nonce --tensor-parallel-size');
    expect(argv.join(' ')).toContain(
      '--enable-lora --lora-modules kind=org/kind curt=/adapters/curt --speculative-config',
    );
    expect(argv).toContain('{"method":"ngram","num_speculative_tokens":4}');
    expect(line({lora_modules: {kind: 'k'}})).toContain('--enable-lora --lora-modules kind=k');
  });

  test('ends with the words that the config adds, however they are written', () => {
    expect(line({extra_args: ['--max-lora-rank', 32, '--enable-sleep-mode']})).toMatch(
      /vllm --max-lora-rank 32 --enable-sleep-mode$/,
    );
    expect(
      line({
        extra_args: {
          max_lora_rank: 32,
          '--async-scheduling': false,
          'override-generation-config': {a: 1},
          x: [1, 'b'],
          y: null,
        },
      }),
    ).toMatch(
      /--generation-config vllm --max-lora-rank 32 --no-async-scheduling --override-generation-config \{"a":1\} --x 1 b$/,
    );
  });

  test('has no option that was taken out of vLLM', () => expect(line({swap_space: 4})).not.toContain('swap'));

  test.each([
    [{}, 1],
    [{tensor_parallel_size: 4, data_parallel_size: 2}, 8],
    [{tensor_parallel_size: 2, pipeline_parallel_size: 3}, 6],
    [{tensor_parallel_size: 2, extra_args: ['--pipeline-parallel-size', '3']}, 6],
    [{tensor_parallel_size: 2, extra_args: ['--pipeline_parallel_size=3']}, 6],
    [{tensor_parallel_size: 2, extra_args: ['-pp', 3, '-dp', 2]}, 12],
    [{extra_args: {pipeline_parallel_size: 2, 'prefill-context-parallel-size': 2}}, 4],
    [{gpu_device_ids: [0, 1, 2, 3], pipeline_parallel_size: 2}, 4],
    [{tensor_parallel_size: 4, enable_expert_parallel: true, extra_args: ['--decode-context-parallel-size', '2']}, 4],
  ])('%j takes %i GPUs', (config, gpus) => expect(countServerGpus(served(config))).toBe(gpus));

  test('is printed for people with the port of the address', () => {
    const at = (base_url?: string): string =>
      vllmServeCommand(served({gpu_device_ids: [2]}, base_url === undefined ? {} : {api_config: {base_url}}));
    expect(at('http://127.0.0.1:9001/v1')).toMatch(/^CUDA_VISIBLE_DEVICES=2 vllm serve org\/m .* --port 9001$/);
    expect(at()).toMatch(/ --port 8000$/);
  });
});

function isKnown(name: string): boolean {
  return name in flags || flags[name.replace(/^--no-/, '--')] === 'switch';
}
