import {readFileSync} from 'node:fs';
import {resolve} from 'node:path';
import {describe, expect, test} from 'vitest';

import {vllmServeArguments} from '../../src/backend/vllm-flags.ts';
import type {VllmConfig} from '../../src/core/task-config.ts';

/** The flags of a published vLLM, each with whether it takes a value or is a switch (`--x`, `--no-x`). */
const {version, flags} = JSON.parse(
  readFileSync(resolve(import.meta.dirname, '../fixtures/vllm/flags-0.33.0.json'), 'utf8'),
) as {version: string; flags: Record<string, 'value' | 'switch'>};

/** A value for every key, so that a new key cannot be forgotten here. vLLM dropped `swap_space` in 0.18. */
const EVERY_KEY: Required<Omit<VllmConfig, 'swap_space'>> = {
  tensor_parallel_size: 2,
  data_parallel_size: 2,
  gpu_device_ids: [0, 1, 2, 3],
  gpu_memory_utilization: 0.8,
  max_model_len: 8192,
  dtype: 'auto',
  max_num_seqs_upper_bound: 64,
  enable_prefix_caching: true,
  enforce_eager: true,
  quantization: 'fp8',
  attention_backend: 'FLASH_ATTN',
};

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

function isKnown(name: string): boolean {
  return name in flags || flags[name.replace(/^--no-/, '--')] === 'switch';
}
