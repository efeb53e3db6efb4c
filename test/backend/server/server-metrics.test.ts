import {describe, expect, test} from 'vitest';

import {
  parseServerActivity,
  parseServerLoad,
  parseVllmConcurrency,
} from '../../../src/backend/server/server-metrics.ts';

const RUNNING = 'vllm:num_requests_running 3\nvllm:num_requests_waiting 1\n';

describe('the load of a server is read from its metrics', () => {
  test('SGLang’s', () => {
    const text = [
      '# TYPE sglang:num_running_reqs gauge',
      'sglang:num_running_reqs{model_name="m"} 12.0',
      'sglang:num_queue_reqs{model_name="m"} 4.0',
      'sglang:token_usage{model_name="m"} 0.28',
    ].join('\n');
    expect(parseServerLoad(text, 4096)).toEqual({
      running: 12,
      waiting: 4,
      kvCacheUse: 0.28,
      preemptionsTotal: null,
      kvCapacitySequences: null,
    });
  });

  test('llama.cpp’s, whose cache is divided among its slots', () => {
    const text = 'llamacpp:requests_processing 4\nllamacpp:requests_deferred 12\nllamacpp:kv_cache_usage_ratio 1\n';
    expect(parseServerLoad(text, undefined)).toMatchObject({running: 4, waiting: 12, kvCacheUse: null});
  });

  test.each<[string, string, number | undefined, number | null]>([
    ['vLLM’s own count', 'kv_cache_max_concurrency="12.9",num_gpu_blocks="100",block_size="16"', 4096, 12],
    ['its own count without a known length', 'kv_cache_max_concurrency="12.9"', undefined, 12],
    ['its count of tokens', 'kv_cache_size_tokens="8192",num_gpu_blocks="100000",block_size="16"', 4096, 2],
    ['blocks, of older versions', 'kv_cache_max_concurrency="None",num_gpu_blocks="1024",block_size="16"', 4096, 4],
    ['nothing, before it is measured', 'num_gpu_blocks="None",block_size="16"', 4096, null],
  ])('sequences that fit: %s', (_what, labels, length, capacity) => {
    const text = `${RUNNING}vllm:cache_config_info{${labels}} 1.0\n`;
    expect(parseServerLoad(text, length)?.kvCapacitySequences).toBe(capacity);
  });

  test('a text of something else is none', () => expect(parseServerLoad('<html>hello</html>', 1)).toBeNull());
});

test('the metrics of the known engines tell requests and work', () => {
  const vllm = [
    'vllm:num_requests_running{engine="0"} 3.0',
    'vllm:num_requests_running{engine="1"} 2.0',
    'vllm:num_requests_waiting{engine="0"} 4.0',
    'vllm:prompt_tokens_total{engine="0"} 100.0',
    'vllm:generation_tokens_total{engine="0"} 20.0',
    'vllm:request_success_total{finished_reason="stop"} 7.0',
  ].join('\n');
  expect(parseServerActivity(vllm)).toEqual({requests: 9, work: 127});
  const llama = 'llamacpp:requests_processing 1\nllamacpp:requests_deferred 0\nllamacpp:tokens_predicted_total 55';
  expect(parseServerActivity(llama)).toEqual({requests: 1, work: 55});
  expect(parseServerActivity('sglang:num_running_reqs{x="y"} 2.0\nsglang:num_queue_reqs 1.0')).toEqual({
    requests: 3,
    work: null,
  });
  expect(parseServerActivity('<html>')).toEqual({requests: null, work: null});
});

test('what vLLM logs of its cache gives the sequences that fit, over all replicas', () => {
  const line =
    '(EngineCore_DP0 pid=1) INFO [kv_cache_utils.py:868] Maximum concurrency for 4,096 tokens per request: 12.34x';
  expect(parseVllmConcurrency(line)).toBe(12);
  expect(parseVllmConcurrency(`${line}\n${line}`)).toBe(24);
  expect(parseVllmConcurrency('nothing of the kind')).toBeNull();
});
