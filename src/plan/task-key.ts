import {canonicalJson, sha256} from '../core/hash.ts';
import type {ModelDefinition, SystemRole, TaskConfig, VllmConfig} from '../core/task-config.ts';

/**
 * The key of a task: a hash of everything that would change its results, and of nothing else. Names, limits, addresses
 * and time-outs may change between a run and its resumption; the questions, the agents, the models and the protocol may
 * not. An optional key that is written out with its default counts as another value than one left out.
 *
 * @param questionsSha256 of the question file's bytes.
 * @returns 16 hexadecimal digits.
 */
export function taskKey(config: TaskConfig, questionsSha256: string, repetition: number): string {
  const {benchmark_subcategory, schema_version} = config.experiment_metadata;
  // What resume asks again changes nothing of what is said.
  const {retry_outcomes: _again, ...retry_config} = config.retry_config;
  const {execution_config: _execution, ...decisive} = config;
  const models = Object.entries(config.model_definitions).map(([name, model]) => [
    name,
    {...essentials(model), ...requestEssentials(model), thought_tags: model.thought_tags},
  ]);
  const content = {
    ...decisive,
    experiment_metadata: {benchmark_subcategory, schema_version},
    retry_config,
    model_definitions: Object.fromEntries(models) as unknown,
    questions_sha256: questionsSha256,
    repetition,
  };
  return sha256(canonicalJson(content)).slice(0, 16);
}

/** Returns what of a model's definition decides what it says. */
export function essentials(model: ModelDefinition): object {
  switch (model.backend) {
    case 'vllm': {
      const {backend, model_path, model_name, vllm_config = {}} = model;
      const {max_model_len, dtype, quantization} = vllm_config;
      return {backend, model_path, model_name, max_model_len, dtype, quantization, ...newerEssentials(vllm_config)};
    }
    case 'openai':
    case 'anthropic': {
      const {backend, model_name, model_path, api_config: api = {}} = model;
      const {reasoning_effort, verbosity, thinking, effort, send_temperature, send_top_p} = api;
      return {
        backend,
        name: model_name ?? model_path,
        reasoning_effort,
        verbosity,
        thinking,
        effort,
        send_temperature,
        send_top_p,
      };
    }
    case 'ollama': {
      const {backend, model_name, model_path, ollama_config: {num_ctx, think} = {}} = model;
      return {backend, name: model_name ?? model_path, num_ctx, think};
    }
    case 'simulated': {
      const {
        backend,
        model_name,
        simulated_config: {latency_median_ms: _median, latency_sigma: _sigma, ...rest} = {},
      } = model;
      return {backend, model_name, ...rest};
    }
  }
}

/**
 * Returns what else of a vLLM server decides its answers; absent keys change no key of a task. Those of placement and
 * speed are not among them.
 */
function newerEssentials(config: VllmConfig): object {
  const {kv_cache_dtype, tokenizer, revision, load_format, trust_remote_code, chat_template} = config;
  const {reasoning_parser, lora_modules, speculative_config, hf_overrides, extra_args} = config;
  return {
    kv_cache_dtype,
    tokenizer,
    revision,
    load_format,
    trust_remote_code,
    chat_template,
    reasoning_parser,
    lora_modules,
    speculative_config,
    hf_overrides,
    extra_args,
  };
}

/** What a config changes of a model's requests; left out where it changes nothing, so that older keys stay. */
function requestEssentials(model: ModelDefinition): object {
  if (model.backend === 'simulated') return {};
  const {request} = model;
  return {request, system_role: resolveSystemRole(model)};
}

/** Returns how a model takes the system's text; a plain `yes` is `true` once a snapshot has been read as YAML 1.1. */
export function resolveSystemRole(model: ModelDefinition): Exclude<SystemRole, true> | undefined {
  const role = 'system_role' in model ? model.system_role : undefined;
  return role === true ? 'yes' : role;
}

/** A seed that follows from the key, unless the config sets one. */
export function taskSeed(config: TaskConfig, key: string): number {
  return config.conversation_config.seed ?? parseInt(key.slice(0, 8), 16);
}
