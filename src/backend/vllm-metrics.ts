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
