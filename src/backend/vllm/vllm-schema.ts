import {z} from 'zod';

import {positive, requestLimit, requestShape, server, systemRole, text, thoughtTags} from '../../core/model-schema.ts';
import type {ModelOf} from '../model-schema.ts';

const vllmServer = z.strictObject(server).nullish().describe('the server and how it is called');

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

export const vllmSchema = z.strictObject({
  backend: z.literal('vllm').describe('a vLLM server'),
  model_path: text.describe('the model on the hub or on disk'),
  model_name: text.nullish().describe('the name under which the server offers it; default `model_path`'),
  max_num_seqs: requestLimit,
  thought_tags: thoughtTags,
  vllm_config: vllmConfig.nullish().describe('engine arguments, passed to `vllm serve`'),
  api_config: vllmServer,
  request: requestShape,
  system_role: systemRole,
});

export type VllmModel = ModelOf<typeof vllmSchema>;

export type VllmConfig = NonNullable<VllmModel['vllm_config']>;
