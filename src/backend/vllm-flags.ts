import {UserError} from '../core/errors.ts';
import type {VllmModel} from '../core/task-config.ts';

/** Engine arguments under the names of vLLM's Python API, with the older system's defaults. @throws UserError `config-invalid`. */
export function vllmEngineArguments(model: VllmModel): Record<string, unknown> {
  const {model_path, vllm_config: config = {}} = model;
  const devices = config.gpu_device_ids;
  const values: Record<string, unknown> = {
    model: model_path,
    tensor_parallel_size: devices && devices.length > 0 ? devices.length : (config.tensor_parallel_size ?? 1),
    gpu_memory_utilization: config.gpu_memory_utilization ?? 0.9,
    max_model_len: config.max_model_len ?? 4096,
    dtype: config.dtype ?? 'auto',
    max_num_seqs: config.max_num_seqs_upper_bound,
    data_parallel_size: config.data_parallel_size,
    enable_prefix_caching: config.enable_prefix_caching,
    swap_space: config.swap_space,
    enforce_eager: config.enforce_eager,
    quantization: config.quantization,
    attention_backend: config.attention_backend,
  };
  const utilisation = Number(values['gpu_memory_utilization']);
  if (!(utilisation > 0 && utilisation <= 1)) {
    throw new UserError('config-invalid', `gpu_memory_utilization must be between 0.0 and 1.0, got ${utilisation}`);
  }
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined && value !== null));
}

/** Switches that are on or absent on the command line. */
const SWITCHES = new Set(['enforce_eager']);

/** The command line of `vllm serve` for a model: `['serve', MODEL, '--tensor-parallel-size', '1', …]`. */
export function vllmServeArguments(model: VllmModel): string[] {
  const {model: path, ...options} = vllmEngineArguments(model);
  const argv = ['serve', String(path)];
  if (model.model_name !== undefined) argv.push('--served-model-name', model.model_name);
  for (const [name, value] of Object.entries(options)) {
    const flag = name.replaceAll('_', '-');
    if (typeof value !== 'boolean') argv.push(`--${flag}`, String(value));
    else if (SWITCHES.has(name)) argv.push(...(value ? [`--${flag}`] : []));
    else argv.push(value ? `--${flag}` : `--no-${flag}`);
  }
  return argv;
}

/** Sequences that may run at once: the configured bound, lowered to what surely fits into the KV cache. */
export function effectiveMaxNumSeqs(configured: number | undefined, kvCapacity: number | null): number | undefined {
  if (configured === undefined) return kvCapacity ?? undefined;
  return kvCapacity === null ? configured : Math.min(configured, kvCapacity);
}
