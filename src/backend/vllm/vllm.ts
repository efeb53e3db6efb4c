import type {BackendDefinition, BodyParts} from '../backend-definition.ts';
import {configuredAddress} from '../model-schema.ts';
import {chatMessages, NO_STREAMING, schemaFormat} from '../request/messages.ts';
import {OWN_NAMES} from '../request/option-routes.ts';
import type {Body} from '../request/shape-request.ts';
import {checkVllm} from './vllm-rules.ts';
import {vllmSchema, type VllmModel} from './vllm-schema.ts';

/** vLLM servers: at an address, or started by mac. */
export const vllm: BackendDefinition<VllmModel> = {
  name: 'vllm',
  schema: vllmSchema,
  defaultLimit: 256,
  limitIsEngines: true,
  startsServers: true,
  limit: model => model.vllm_config?.max_num_seqs_upper_bound,
  essentials,
  address: configuredAddress,
  context: ({vllm_config: {max_model_len} = {}, api_config: {base_url} = {}}) => {
    // The default of the servers that mac starts.
    const tokens = max_model_len ?? (base_url === undefined ? 4096 : undefined);
    return tokens === undefined ? undefined : {tokens, path: ['vllm_config', 'max_model_len']};
  },
  routes: () => OWN_NAMES,
  body,
  check: checkVllm,
  create: async (model, options, build) => (await import('./vllm-backend.ts')).createVllmBackend(model, options, build),
};

/** Leaves out keys of placement and speed. Keys that are absent change no key of a task. */
function essentials({backend, model_path, model_name, vllm_config = {}}: VllmModel): object {
  const {max_model_len, dtype, quantization} = vllm_config;
  const {kv_cache_dtype, tokenizer, revision, load_format, trust_remote_code, chat_template} = vllm_config;
  const {reasoning_parser, lora_modules, speculative_config, hf_overrides, extra_args} = vllm_config;
  return {
    backend,
    model_path,
    model_name,
    max_model_len,
    dtype,
    quantization,
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

function body(model: VllmModel, {request, options, systemRole}: BodyParts): Body {
  const {answerSchema, reference} = request;
  return {
    model: model.model_name ?? model.model_path,
    messages: chatMessages(request, systemRole),
    ...options,
    ...(answerSchema ? {response_format: schemaFormat(answerSchema)} : {}),
    ...(reference ? {} : NO_STREAMING),
  };
}
