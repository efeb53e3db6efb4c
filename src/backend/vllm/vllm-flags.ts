import type {VllmConfig, VllmModel} from './vllm-schema.ts';
import {UserError} from '../../core/errors.ts';
import {shellQuote} from '../../core/text/shell-quote.ts';
import {extraArguments, extraNumber} from './vllm-extra-args.ts';

/**
 * Engine arguments under the names of vLLM's Python API, with the older system's defaults. @throws UserError
 * `config-invalid`.
 */
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

/** The GPUs that are named are shared out among the replicas, and among the stages of each. */
function tensorParallelSize(config: VllmConfig): number {
  const {gpu_device_ids: devices, tensor_parallel_size} = config;
  if (!devices || devices.length === 0) return tensor_parallel_size ?? 1;
  const [replicas, stages] = [countReplicas(config), countStages(config)];
  if (devices.length % (replicas * stages) !== 0) {
    const parts = stages === 1 ? 'replicas' : `replicas of ${stages} stages`;
    throw new UserError(
      'config-invalid',
      `${devices.length} gpu_device_ids cannot be shared out evenly among data_parallel_size: ${replicas} ${parts}`,
    );
  }
  return devices.length / (replicas * stages);
}

function countReplicas(config: VllmConfig): number {
  return config.data_parallel_size ?? extraNumber(config, 'data-parallel-size') ?? 1;
}

/** Parts of one replica that have tensor-parallel GPUs each. */
function countStages(config: VllmConfig): number {
  const pipeline = config.pipeline_parallel_size ?? extraNumber(config, 'pipeline-parallel-size') ?? 1;
  return pipeline * (extraNumber(config, 'prefill-context-parallel-size') ?? 1);
}

/**
 * Returns how many GPUs a server of this model takes. @throws UserError `config-invalid` when those that are named
 * cannot be shared out.
 */
export function countServerGpus({vllm_config: config = {}}: VllmModel): number {
  return tensorParallelSize(config) * countStages(config) * countReplicas(config);
}

/**
 * Switches that are on or absent on the command line: versions of vLLM differ in whether they know `--no-…` of these.
 */
const SWITCHES = new Set(['enforce_eager', 'enable_expert_parallel', 'trust_remote_code', 'enable_lora']);

/** Options that published versions no longer have. */
const REMOVED_OPTIONS = new Set(['swap_space']);

/** Options of `vllm_config` that the older system did not know, by their names on the command line. */
function newerOptions(config: VllmConfig): Record<string, unknown> {
  const {lora_modules: adapters, enable_lora = adapters === undefined ? undefined : true} = config;
  return {
    pipeline_parallel_size: config.pipeline_parallel_size,
    enable_expert_parallel: config.enable_expert_parallel,
    max_num_batched_tokens: config.max_num_batched_tokens,
    kv_cache_dtype: config.kv_cache_dtype,
    tokenizer: config.tokenizer,
    revision: config.revision,
    load_format: config.load_format,
    download_dir: config.download_dir,
    trust_remote_code: config.trust_remote_code,
    chat_template: config.chat_template,
    reasoning_parser: config.reasoning_parser,
    enable_lora,
    lora_modules: adapters && Object.entries(adapters).map(([name, path]) => `${name}=${path}`),
    speculative_config: config.speculative_config,
    hf_overrides: config.hf_overrides,
  };
}

/**
 * Returns the command line of `vllm serve` for a model: `['serve', MODEL, '--tensor-parallel-size', '1', …]`.
 *
 * @param servedNames names under which it is served; the first stands in its answers. Those of adapters are the
 * adapters' own.
 * @throws UserError `config-invalid`.
 */
export function vllmServeArguments(
  model: VllmModel,
  servedNames: readonly string[] = model.model_name === undefined ? [] : [model.model_name],
): string[] {
  const {vllm_config: config = {}} = model;
  const {model: path, ...older} = vllmEngineArguments(model);
  const argv = ['serve', String(path)];
  const names = servedNames.filter(name => !Object.hasOwn(config.lora_modules ?? {}, name));
  if (names.length > 0) argv.push('--served-model-name', ...names);
  for (const [name, value] of Object.entries({...older, ...newerOptions(config)})) {
    if (!REMOVED_OPTIONS.has(name)) argv.push(...renderFlag(name, value));
  }
  // Else the server fills in sampling options that an agent leaves out from the model's own file: other results than
  // with the engine as a library.
  argv.push('--generation-config', 'vllm');
  return [...argv, ...extraArguments(config).flatMap(({words}) => words)];
}

function renderFlag(name: string, value: unknown): string[] {
  if (value === undefined || value === null) return [];
  const flag = `--${name.replaceAll('_', '-')}`;
  if (typeof value === 'boolean') {
    if (value) return [flag];
    return SWITCHES.has(name) ? [] : [flag.replace('--', '--no-')];
  }
  if (Array.isArray(value)) return [flag, ...(value as readonly string[])];
  return [flag, typeof value === 'string' ? value : JSON.stringify(value)];
}

/** Returns the same for people to copy: with the GPUs that the config names, on the port of its address. */
export function vllmServeCommand(model: VllmModel): string {
  const devices = model.vllm_config?.gpu_device_ids ?? [];
  const prefix = devices.length > 0 ? [`CUDA_VISIBLE_DEVICES=${devices.join(',')}`] : [];
  const words = [...vllmServeArguments(model), '--port', parsePort(model.api_config?.base_url)];
  return [...prefix, 'vllm', ...words.map(shellQuote)].join(' ');
}

function parsePort(url: string | undefined): string {
  const port = url !== undefined && URL.canParse(url) ? new URL(url).port : '';
  return port === '' ? '8000' : port;
}
