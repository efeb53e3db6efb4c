import type {ServerLoad} from './backend.ts';
import {parsePrometheus, type Metrics} from './prometheus.ts';

const RUNNING = 'vllm:num_requests_running';
const WAITING = 'vllm:num_requests_waiting';
const CACHE_CONFIG = 'vllm:cache_config_info';
/** Newer names first. */
const CACHE_USE = ['vllm:kv_cache_usage_perc', 'vllm:gpu_cache_usage_perc'];
const PREEMPTIONS = ['vllm:num_preemptions_total', 'vllm:num_preemptions'];

const WANTED = new Set([RUNNING, WAITING, CACHE_CONFIG, ...CACHE_USE, ...PREEMPTIONS]);

/**
 * vLLM's view of its load, from the text of `/metrics`. Replicas of one server (data parallel) have a line each: their sequences add up, the fullest
 * cache counts.
 *
 * @param maxModelLen tokens; without it the number of sequences that surely fit is not known.
 * @returns null when the text is not vLLM's.
 */
export function parseVllmMetrics(text: string, maxModelLen: number | undefined): ServerLoad | null {
  const metrics = parsePrometheus(text, WANTED);
  const running = valuesOf(metrics, [RUNNING]);
  const waiting = valuesOf(metrics, [WAITING]);
  if (running.length === 0 || waiting.length === 0) return null;
  const cacheUse = valuesOf(metrics, CACHE_USE);
  const preemptions = valuesOf(metrics, PREEMPTIONS);
  return {
    running: sum(running),
    waiting: sum(waiting),
    kvCacheUse: cacheUse.length > 0 ? Math.max(...cacheUse) : null,
    preemptionsTotal: preemptions.length > 0 ? sum(preemptions) : null,
    kvCapacitySequences: maxModelLen === undefined ? null : capacity(metrics, maxModelLen),
  };
}

/** Whether a server has requests, and whether it makes progress with them. */
export interface ServerActivity {
  /** Requests that run or wait; null where the server does not tell. */
  readonly requests: number | null;
  /** Grows while it works: tokens read and written, requests finished; null where the server does not tell. */
  readonly work: number | null;
}

/** The names of vLLM, SGLang and llama.cpp. */
const REQUESTS = [
  RUNNING,
  WAITING,
  'sglang:num_running_reqs',
  'sglang:num_queue_reqs',
  'llamacpp:requests_processing',
  'llamacpp:requests_deferred',
];
const WORK = [
  'vllm:prompt_tokens_total',
  'vllm:generation_tokens_total',
  'vllm:request_success_total',
  'sglang:prompt_tokens_total',
  'sglang:generation_tokens_total',
  'llamacpp:prompt_tokens_total',
  'llamacpp:tokens_predicted_total',
];
const ACTIVITY = new Set([...REQUESTS, ...WORK]);

/** What a server's `/metrics` say of its work, whichever of the known engines it is. */
export function parseServerActivity(text: string): ServerActivity {
  const metrics = parsePrometheus(text, ACTIVITY);
  const sumOf = (names: readonly string[]): number | null => {
    const values = names.flatMap(name => (metrics.get(name) ?? []).map(({value}) => value)).filter(Number.isFinite);
    return values.length > 0 ? sum(values) : null;
  };
  return {requests: sumOf(REQUESTS), work: sumOf(WORK)};
}

/**
 * Sequences of full length that fit into the cache, from what vLLM writes when it has measured it: `Maximum concurrency for 4,096 tokens per
 * request: 12.34x`. For versions whose metrics do not tell; replicas write a line each.
 */
export function parseVllmConcurrency(log: string): number | null {
  const found = [...log.matchAll(/Maximum concurrency for [\d,]+ tokens per request: ([\d.]+)x/g)];
  const values = found.map(([, times]) => Math.floor(Number(times))).filter(value => value > 0);
  return values.length > 0 ? sum(values) : null;
}

/** Sequences of full length that fit into the caches of all replicas: blocks × block size ÷ length (vLLM's own "maximum concurrency"). */
function capacity(metrics: Metrics, maxModelLen: number): number | null {
  const fitting = (metrics.get(CACHE_CONFIG) ?? []).map(({labels}) => {
    // A server that has not measured its cache yet says None.
    const tokens = Number(labels['num_gpu_blocks']) * Number(labels['block_size']);
    return Math.floor(tokens / maxModelLen);
  });
  return fitting.length > 0 && fitting.every(Number.isFinite) ? sum(fitting) : null;
}

/** Values under the first of some names that the server knows. */
function valuesOf(metrics: Metrics, names: readonly string[]): number[] {
  for (const name of names) {
    const values = (metrics.get(name) ?? []).map(({value}) => value).filter(Number.isFinite);
    if (values.length > 0) return values;
  }
  return [];
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
