import type {ServerLoad} from '../backend.ts';
import {parsePrometheus, type Metrics} from './prometheus.ts';

/** The names under which an engine tells its load; newer names first. */
interface LoadNames {
  readonly running: string;
  readonly waiting: string;
  /** 0…1 */
  readonly cacheUse: readonly string[];
  readonly preemptions: readonly string[];
}

const CACHE_CONFIG = 'vllm:cache_config_info';

const VLLM: LoadNames = {
  running: 'vllm:num_requests_running',
  waiting: 'vllm:num_requests_waiting',
  cacheUse: ['vllm:kv_cache_usage_perc', 'vllm:gpu_cache_usage_perc'],
  preemptions: ['vllm:num_preemptions_total', 'vllm:num_preemptions'],
};
const SGLANG: LoadNames = {
  running: 'sglang:num_running_reqs',
  waiting: 'sglang:num_queue_reqs',
  cacheUse: ['sglang:token_usage'],
  preemptions: [],
};
// Its cache is divided among the slots beforehand: how full it is says nothing of how many requests fit.
const LLAMA_CPP: LoadNames = {
  running: 'llamacpp:requests_processing',
  waiting: 'llamacpp:requests_deferred',
  cacheUse: [],
  preemptions: [],
};
const ENGINES = [VLLM, SGLANG, LLAMA_CPP];

const LOAD_METRICS = new Set([
  CACHE_CONFIG,
  ...ENGINES.flatMap(({running, waiting, cacheUse, preemptions}) => [running, waiting, ...cacheUse, ...preemptions]),
]);

/**
 * Reads a server's view of its load from the text of its `/metrics`: vLLM's, SGLang's or llama.cpp's. Replicas of one
 * server (data parallel) have a line each: their sequences add up, the fullest cache counts.
 *
 * @param maxModelLen tokens; without it some versions do not tell how many sequences surely fit.
 * @returns null when the text is of none of them.
 */
export function parseServerLoad(text: string, maxModelLen: number | undefined): ServerLoad | null {
  const metrics = parsePrometheus(text, LOAD_METRICS);
  for (const names of ENGINES) {
    const running = findValues(metrics, [names.running]);
    const waiting = findValues(metrics, [names.waiting]);
    if (running.length === 0 || waiting.length === 0) continue;
    const cacheUse = findValues(metrics, names.cacheUse);
    const preemptions = findValues(metrics, names.preemptions);
    return {
      running: sum(running),
      waiting: sum(waiting),
      kvCacheUse: cacheUse.length > 0 ? Math.max(...cacheUse) : null,
      preemptionsTotal: preemptions.length > 0 ? sum(preemptions) : null,
      kvCapacitySequences: capacity(metrics, maxModelLen),
    };
  }
  return null;
}

/** A server's requests and its progress with them. */
export interface ServerActivity {
  /** Requests that run or wait; null where the server does not tell. */
  readonly requests: number | null;
  /** Grows while it works: tokens read and written, requests finished; null where the server does not tell. */
  readonly work: number | null;
}

const REQUESTS = ENGINES.flatMap(({running, waiting}) => [running, waiting]);
const WORK_COUNTERS = [
  'vllm:prompt_tokens_total',
  'vllm:generation_tokens_total',
  'vllm:request_success_total',
  'sglang:prompt_tokens_total',
  'sglang:generation_tokens_total',
  'llamacpp:prompt_tokens_total',
  'llamacpp:tokens_predicted_total',
];
const ACTIVITY = new Set([...REQUESTS, ...WORK_COUNTERS]);

/** Reads from a server's `/metrics` how much it has to do and has done, whichever of the known engines it is. */
export function parseServerActivity(text: string): ServerActivity {
  const metrics = parsePrometheus(text, ACTIVITY);
  const sumSamples = (names: readonly string[]): number | null => {
    const values = names.flatMap(name => (metrics.get(name) ?? []).map(({value}) => value)).filter(Number.isFinite);
    return values.length > 0 ? sum(values) : null;
  };
  return {requests: sumSamples(REQUESTS), work: sumSamples(WORK_COUNTERS)};
}

/**
 * Sequences of full length that fit into the cache, from what vLLM writes when it has measured it: `Maximum concurrency
 * for 4,096 tokens per request: 12.34x`. For versions whose metrics do not tell; replicas write a line each.
 */
export function parseVllmConcurrency(log: string): number | null {
  const found = [...log.matchAll(/Maximum concurrency for [\d,]+ tokens per request: ([\d.]+)x/g)];
  const values = found.map(([, times]) => Math.floor(Number(times))).filter(value => value > 0);
  return values.length > 0 ? sum(values) : null;
}

/**
 * Returns how many sequences of full length fit into the caches of all replicas. vLLM's own count is right for every
 * model where it gives one; blocks × block size is not for models that mix kinds of attention (Gemma 3, gpt-oss,
 * Qwen3-Next).
 */
function capacity(metrics: Metrics, maxModelLen: number | undefined): number | null {
  const fitting = (metrics.get(CACHE_CONFIG) ?? []).map(({labels}) => {
    const own = Number(labels['kv_cache_max_concurrency']);
    if (own > 0) return Math.floor(own);
    if (maxModelLen === undefined) return NaN;
    const counted = Number(labels['kv_cache_size_tokens']);
    // A server that has not measured its cache yet says None.
    const tokens = counted > 0 ? counted : Number(labels['num_gpu_blocks']) * Number(labels['block_size']);
    return Math.floor(tokens / maxModelLen);
  });
  return fitting.length > 0 && fitting.every(Number.isFinite) ? sum(fitting) : null;
}

/** Values under the first of some names that the server knows. */
function findValues(metrics: Metrics, names: readonly string[]): number[] {
  for (const name of names) {
    const values = (metrics.get(name) ?? []).map(({value}) => value).filter(Number.isFinite);
    if (values.length > 0) return values;
  }
  return [];
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
