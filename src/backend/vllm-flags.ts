import {UserError} from '../core/errors.ts';
import {shellQuote} from '../core/shell-quote.ts';
import type {VllmConfig, VllmModel} from '../core/task-config.ts';

/** Engine arguments under the names of vLLM's Python API, with the older system's defaults. @throws UserError `config-invalid`. */
export function vllmEngineArguments(model: VllmModel): Record<string, unknown> {
  const {model_path, vllm_config: config = {}} = model;
  const values: Record<string, unknown> = {
    model: model_path,
    tensor_parallel_size: tensorParallelSize(config),
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

/** The GPUs that are named are shared out among the replicas. */
function tensorParallelSize({gpu_device_ids: devices, data_parallel_size, tensor_parallel_size}: VllmConfig): number {
  if (!devices || devices.length === 0) return tensor_parallel_size ?? 1;
  const replicas = data_parallel_size ?? 1;
  if (devices.length % replicas !== 0) {
    throw new UserError(
      'config-invalid',
      `${devices.length} gpu_device_ids cannot be shared out evenly among data_parallel_size: ${replicas} replicas`,
    );
  }
  return devices.length / replicas;
}

/** Switches that are on or absent on the command line. */
const SWITCHES = new Set(['enforce_eager']);

/**
 * The command line of `vllm serve` for a model: `['serve', MODEL, '--tensor-parallel-size', '1', …]`.
 *
 * @param servedNames names under which it is served; the first stands in its answers.
 * @throws UserError `config-invalid`.
 */
export function vllmServeArguments(
  model: VllmModel,
  servedNames: readonly string[] = model.model_name === undefined ? [] : [model.model_name],
): string[] {
  const {model: path, ...options} = vllmEngineArguments(model);
  const argv = ['serve', String(path)];
  if (servedNames.length > 0) argv.push('--served-model-name', ...servedNames);
  for (const [name, value] of Object.entries(options)) {
    const flag = name.replaceAll('_', '-');
    if (typeof value !== 'boolean') argv.push(`--${flag}`, String(value));
    else if (SWITCHES.has(name)) argv.push(...(value ? [`--${flag}`] : []));
    else argv.push(value ? `--${flag}` : `--no-${flag}`);
  }
  // Else the server fills in sampling options that an agent leaves out from the model's own file: other results than with the engine as a library.
  return [...argv, '--generation-config', 'vllm'];
}

/** The same for people to copy, with the GPUs that the config names. */
export function vllmServeCommand(model: VllmModel): string {
  const devices = model.vllm_config?.gpu_device_ids ?? [];
  const prefix = devices.length > 0 ? [`CUDA_VISIBLE_DEVICES=${devices.join(',')}`] : [];
  return [...prefix, 'vllm', ...vllmServeArguments(model).map(shellQuote)].join(' ');
}

/** Sequences that may run at once: the configured bound, lowered to what surely fits into the KV cache. */
export function effectiveMaxNumSeqs(configured: number | undefined, kvCapacity: number | null): number | undefined {
  if (configured === undefined) return kvCapacity ?? undefined;
  return kvCapacity === null ? configured : Math.min(configured, kvCapacity);
}
