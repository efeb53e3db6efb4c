import {z} from 'zod';

import {requestShape, systemRole} from './request-schema.ts';
import {hasSecretInQuery} from '../scrub-config.ts';

/** The kinds of models. */
export const BACKENDS = ['vllm', 'openai', 'ollama', 'anthropic', 'simulated'] as const;

const positive = z.int().min(1);
const text = z.string().min(1);
const share = z.number().min(0).max(1);
const requestLimit = z
  .union([positive, z.literal('auto')])
  .nullish()
  .describe("requests in flight at once: a number, or `auto` to follow the server's own load");
const address = z
  .url({protocol: /^https?$/})
  .refine(hasNoPassword, 'a URL without a name and password in it')
  .refine(url => !hasSecretInQuery(url), 'a URL without a key in it (name its variable in api_config.api_key_env)');

/** A config and its snapshots are shared; what opens a server is not. */
function hasNoPassword(url: string): boolean {
  return !/^https?:\/\/[^/?#]*@/i.test(url);
}

const server = {
  base_url: address.nullish().describe('address of an OpenAI-compatible server, e.g. `http://127.0.0.1:8000/v1`'),
  api_key_env: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'the name of an environment variable')
    .nullish()
    .describe('environment variable that holds the key; default `OPENAI_API_KEY`, `ANTHROPIC_API_KEY`, `VLLM_API_KEY`'),
  timeout_seconds: z.number().positive().nullish().describe('longest wait for one answer; default 120, for vllm 600'),
  max_retries: z.int().min(0).nullish().describe('repetitions of a call that failed; default 5'),
};

const hosted = {
  ...server,
  max_concurrent_requests: positive.nullish().describe('the older name of `max_num_seqs`'),
  send_temperature: z
    .boolean()
    .nullish()
    .describe('send the temperature; default true; for openai under `compatibility: reference` false'),
  send_top_p: z
    .boolean()
    .nullish()
    .describe('send top_p where the agent has one; default true; under `compatibility: reference` false'),
};

const vllmServer = z.strictObject(server).nullish().describe('the server and how it is called');

const openAiServer = z
  .strictObject({
    ...hosted,
    reasoning_effort: z
      .enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh'])
      .nullish()
      .describe('how hard the model thinks'),
    verbosity: z.enum(['low', 'medium', 'high']).nullish().describe('how much the model writes'),
  })
  .nullish()
  .describe('the server and how it is called');

const anthropicServer = z
  .strictObject({
    ...hosted,
    thinking: z.enum(['disabled', 'adaptive']).nullish().describe('whether the model thinks first; default `disabled`'),
    effort: z.enum(['low', 'medium', 'high', 'max']).nullish().describe('how hard the model works'),
  })
  .nullish()
  .describe('the server and how it is called');

const vllmConfig = z.strictObject({
  tensor_parallel_size: positive.nullish().describe('GPUs of one replica; default 1'),
  data_parallel_size: positive.nullish().describe('replicas; default 1'),
  gpu_device_ids: z
    .array(z.int().min(0))
    .nullish()
    .describe('the GPUs to use; their number is the tensor parallel size'),
  gpu_memory_utilization: z.number().gt(0).max(1).nullish().describe('share of GPU memory; default 0.9'),
  max_model_len: positive.nullish().describe('longest sequence in tokens; default 4096'),
  dtype: text.nullish().describe('weights and activations; default `auto`'),
  max_num_seqs_upper_bound: positive.nullish().describe('most sequences at once'),
  enable_prefix_caching: z.boolean().nullish().describe('keep common beginnings of prompts'),
  swap_space: z.number().min(0).nullish().describe('gone from vLLM since 0.18: left out of its command'),
  enforce_eager: z.boolean().nullish().describe('no CUDA graphs'),
  quantization: text.nullish().describe('quantisation method'),
  attention_backend: text.nullish().describe('attention implementation'),
  pipeline_parallel_size: positive.nullish().describe('stages of one replica, each with its own GPUs; default 1'),
  enable_expert_parallel: z.boolean().nullish().describe('share out experts instead of tensors'),
  max_num_batched_tokens: positive.nullish().describe('most tokens in one step'),
  kv_cache_dtype: text.nullish().describe('precision of the KV cache, e.g. `fp8`'),
  tokenizer: text.nullish().describe("another tokenizer than the model's"),
  revision: text.nullish().describe('branch, tag or commit of the model on the hub'),
  load_format: text.nullish().describe('format of the weights, e.g. `safetensors`, `gguf`'),
  download_dir: text.nullish().describe('where weights are downloaded to'),
  trust_remote_code: z.boolean().nullish().describe('run code that comes with the model'),
  chat_template: text.nullish().describe("a file with another chat template than the model's"),
  reasoning_parser: text.nullish().describe('takes thoughts out of the text, e.g. `qwen3`, `deepseek_r1`'),
  enable_lora: z.boolean().nullish().describe('serve LoRA adapters; default: if there are `lora_modules`'),
  lora_modules: z
    .record(z.string().regex(/^[^\s=]+$/, 'a name without spaces and ='), text)
    .nullish()
    .describe('name → folder or repository of an adapter; `model_name` says which one answers'),
  speculative_config: z.record(z.string(), z.unknown()).nullish().describe('speculative decoding, as vLLM takes it'),
  hf_overrides: z.record(z.string(), z.unknown()).nullish().describe("changes of the model's own configuration"),
  extra_args: z
    .union([z.array(z.union([z.string(), z.number()])), z.record(z.string(), z.unknown())])
    .nullish()
    .describe('further options of `vllm serve`: words, `[--max-lora-rank, 32]`, or `{max-lora-rank: 32}`'),
});

const simulatedConfig = z.strictObject({
  seed: z.int().min(0).nullish().describe('of the model; default 0'),
  latency_median_ms: z.number().min(0).nullish().describe('median latency; default 0'),
  latency_sigma: z.number().min(0).nullish().describe("standard deviation of the latency's logarithm; default 0.5"),
  malformed_rate: share.nullish().describe('share of replies in a wrong format; default 0'),
  failure_rate: share.nullish().describe('share of calls that fail; default 0'),
  accuracy: share.nullish().describe('probability of the right answer; default 0.7'),
  conformity: z
    .number()
    .min(0)
    .max(1)
    .nullish()
    .describe('probability of following the majority of peers; default 0.3'),
  bias: z
    .record(z.string(), z.number().min(-1).max(1))
    .nullish()
    .describe('pull of an identity towards the stereotyped answer, −1…1; `default` where no other key fits'),
});

const thoughtTags = z
  .array(
    z.strictObject({
      open: text.describe('what stands before thoughts, e.g. `<musing>`'),
      close: text.describe('what stands behind them, e.g. `</musing>`'),
    }),
  )
  .nullish()
  .describe('tags around thoughts in the text, besides those that are known (docs/roles-and-routing.md)');

const named = {
  model_name: text.nullish().describe("the model's name at the provider"),
  model_path: text.nullish().describe('another name of `model_name`'),
  max_num_seqs: requestLimit,
  thought_tags: thoughtTags,
};

/** One entry of `model_definitions`, by its `backend`. */
export const modelDefinition = z.discriminatedUnion('backend', [
  z.strictObject({
    backend: z.literal('vllm').describe('a vLLM server'),
    model_path: text.describe('the model on the hub or on disk'),
    model_name: text.nullish().describe('the name under which the server offers it; default `model_path`'),
    max_num_seqs: requestLimit,
    thought_tags: thoughtTags,
    vllm_config: vllmConfig.nullish().describe('engine arguments, passed to `vllm serve`'),
    api_config: vllmServer,
    request: requestShape,
    system_role: systemRole,
  }),
  z.strictObject({
    backend: z.literal('openai').describe('an OpenAI-compatible server'),
    ...named,
    api_config: openAiServer,
    request: requestShape,
    system_role: systemRole,
  }),
  z.strictObject({
    backend: z.literal('anthropic').describe("Anthropic's Messages API"),
    ...named,
    api_config: anthropicServer,
    request: requestShape,
  }),
  z.strictObject({
    backend: z.literal('ollama').describe('Ollama on this or another machine'),
    ...named,
    ollama_api_url: address.nullish().describe('default: `$OLLAMA_HOST`, else `http://localhost:11434`'),
    timeout_seconds: z.number().positive().nullish().describe('longest wait for one answer; default 120'),
    ollama_config: z
      .strictObject({
        num_ctx: positive.nullish().describe('context length in tokens; the default of Ollama is short'),
        keep_alive: z.union([z.string(), z.number()]).nullish().describe('how long the model stays loaded, e.g. `10m`'),
        think: z
          .union([z.boolean(), z.enum(['low', 'medium', 'high'])])
          .nullish()
          .describe("whether, or how hard, the model thinks first; default: the agent's `enable_thinking`, else false"),
      })
      .nullish()
      .describe('options of Ollama'),
    request: requestShape,
    system_role: systemRole,
  }),
  z.strictObject({
    backend: z.literal('simulated').describe('the built-in model: needs no server'),
    model_name: text.nullish().describe('only a name'),
    max_num_seqs: requestLimit,
    thought_tags: thoughtTags,
    simulated_config: simulatedConfig.nullish().describe('how the simulated model behaves'),
  }),
]);
