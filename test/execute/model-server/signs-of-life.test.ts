import {expect, test} from 'vitest';

import {parseServerActivity, parseVllmConcurrency} from '../../../src/backend/server/server-metrics.ts';
import {
  mentionsGpuOutOfMemory,
  mentionsOutOfMemory,
  mentionsSigkill,
} from '../../../src/execute/model-server/out-of-memory.ts';
import {describeExit} from '../../../src/execute/model-server/server-process.ts';
import {ProgressWatch} from '../../../src/execute/model-server/server-watch.ts';

test('a server hangs when it has requests and its work makes no progress; an idle one never does', () => {
  const watch = new ProgressWatch(0);
  expect(watch.measureIdleMs(1_000, {requests: 0, work: 5})).toBe(0);
  expect(watch.measureIdleMs(9_000, {requests: 0, work: 5})).toBe(0);
  expect(watch.measureIdleMs(10_000, {requests: 3, work: 5})).toBe(1_000);
  expect(watch.measureIdleMs(15_000, {requests: 3, work: 6})).toBe(0);
  expect(watch.measureIdleMs(25_000, {requests: 3, work: 6})).toBe(10_000);
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

test.each([
  ['torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2 GiB', true],
  ['RuntimeError: [enforce fail] . DefaultCPUAllocator: Cannot allocate memory', true],
  ['Memory cgroup out of memory: Killed process 7', true],
  [describeExit({code: null, signal: 'SIGKILL'}), false],
  [`the server ${describeExit({code: 137, signal: null})}`, false],
  [describeExit({code: 1, signal: null}), false],
  ['ValueError: the memory utilisation must be below 1', false],
])('%s speaks of memory: %s', (text, expected) => {
  expect(mentionsOutOfMemory(text)).toBe(expected);
});

test.each([
  ['torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2 GiB', true],
  ['torch.cuda.OutOfMemoryError: HIP out of memory', true],
  ['RuntimeError: CUDA error: out of memory', true],
  ['RuntimeError: [enforce fail] . DefaultCPUAllocator: Cannot allocate memory', false],
  ['CUDA_VISIBLE_DEVICES=0\nMemory cgroup out of memory: Killed process 7', false],
])('%s speaks of the memory of a GPU: %s', (text, expected) => {
  expect(mentionsGpuOutOfMemory(text)).toBe(expected);
});

test('a kill is no proof of anything, but it is told', () => {
  expect(mentionsSigkill(`the server ${describeExit({code: null, signal: 'SIGKILL'})}`)).toBe(true);
  expect(mentionsSigkill(`the server ${describeExit({code: 137, signal: null})}`)).toBe(true);
  expect(mentionsSigkill(`the server ${describeExit({code: null, signal: 'SIGTERM'})}`)).toBe(false);
});
