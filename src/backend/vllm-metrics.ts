import type {ServerLoad} from './backend.ts';

/** Sums of a Prometheus text by metric name (a server with several engines has a line for each), and labels of one-line metrics. */
function parsePrometheus(text: string): Map<string, {sum: number; labels: string}> {
  const metrics = new Map<string, {sum: number; labels: string}>();
  for (const line of text.split('\n')) {
    const match = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)/.exec(line);
    if (!match?.[1]) continue;
    const earlier = metrics.get(match[1]);
    metrics.set(match[1], {sum: (earlier?.sum ?? 0) + Number(match[3]), labels: match[2] ?? ''});
  }
  return metrics;
}

/**
 * vLLM's view of its load, from `/metrics` (Prometheus text; names of vLLM's v0 and v1 engines).
 *
 * @param maxModelLen tokens; without it the number of sequences that surely fit is not known.
 * @returns null when the text is not vLLM's.
 */
export function parseVllmMetrics(text: string, maxModelLen?: number): ServerLoad | null {
  const metrics = parsePrometheus(text);
  const running = metrics.get('vllm:num_requests_running');
  const waiting = metrics.get('vllm:num_requests_waiting');
  if (!running || !waiting) return null;
  const kvUse = metrics.get('vllm:kv_cache_usage_perc') ?? metrics.get('vllm:gpu_cache_usage_perc');
  const preemptions = metrics.get('vllm:num_preemptions_total') ?? metrics.get('vllm:num_preemptions');
  const cache = metrics.get('vllm:cache_config_info')?.labels ?? '';
  const blocks = Number(/num_gpu_blocks="(\d+)"/.exec(cache)?.[1]);
  const blockSize = Number(/block_size="(\d+)"/.exec(cache)?.[1]);
  const tokens = blocks * blockSize;
  return {
    running: running.sum,
    waiting: waiting.sum,
    kvCacheUse: kvUse ? kvUse.sum : null,
    preemptionsTotal: preemptions ? preemptions.sum : null,
    kvCapacitySequences: tokens > 0 && maxModelLen !== undefined ? Math.floor(tokens / maxModelLen) : null,
  };
}
