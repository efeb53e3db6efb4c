import {z} from 'zod';

import {ROLES} from '../conversation/roles/registry.ts';
import {ROUTERS} from '../conversation/routing/registry.ts';

/**
 * The one description of a task's configuration: validation, the JSON Schema for editors and the tables of docs/configuration.md come from it.
 * `describe` texts are for users.
 */
const positive = z.int().min(1);
const text = z.string().min(1);
const requestLimit = z
  .union([positive, z.literal('auto')])
  .describe("requests in flight at once: a number, or `auto` to follow the server's own load");

export const CHOICE_DISPLAY_FORMATS = [
  'bullet',
  'letter_colon',
  'letter_dot',
  'letter_paren',
  'arabic_colon',
  'arabic_dot',
  'arabic_paren',
  'roman_colon',
  'roman_dot',
  'roman_paren',
  'none',
] as const;
export const JSON_FIELD_ORDERS = ['answer_first', 'rationale_first'] as const;

const experimentMetadata = z.strictObject({
  experiment_name: text.describe('folder and index of the results; tasks may share it'),
  benchmark_subcategory: text.describe('folder above the experiment, e.g. `bbq_age`'),
  schema_version: text.describe("version of the record format; quote it: `'2025-12-10'`"),
  questions_file: text.describe('JSONL file of questions; relative to the workspace'),
  _grid_config_snapshot_path: z.string().optional().describe('written by mac into snapshots; not for configs'),
});

const conversationConfig = z.strictObject({
  routing_strategy: z
    .enum(Object.keys(ROUTERS) as [string, ...string[]])
    .describe('who sees what (docs/roles-and-routing.md)'),
  max_rounds: positive.describe('rounds in which every agent speaks once'),
  message_order: z
    .enum(['seat', 'shuffled', 'completion'])
    .optional()
    .describe('order of messages in a discussion; default `seat`, `completion` under `compatibility: reference`'),
  early_stop_on_unanimity: z
    .boolean()
    .optional()
    .describe('stop after a round in which all participants gave one answer; default false'),
  structured_output: z
    .enum(['prompt', 'json_schema'])
    .optional()
    .describe('ask for the JSON shape in the prompt only, or have the server enforce it too; default `prompt`'),
  seed: z.int().min(0).optional().describe('seeds shuffling, the simulated model and sampling; default: from the task'),
});

const retryConfig = z.strictObject({
  max_retries: z.int().min(0).describe('further attempts when a reply is not usable'),
  answer_match_threshold: z.number().min(0).max(1).describe('least similarity of an answer to a choice, 0…1'),
  retry_on_validation_error: z.boolean().describe('ask again when a reply is not usable'),
  retry_on_generation_error: z.boolean().describe("repeat calls that failed for the server's reasons"),
});

const identityRevealConfig = z.strictObject({
  reveal_persona: z.boolean().describe("show agents' personas to the others"),
  reveal_demographics: z.boolean().describe("show agents' demographics to the others"),
  reveal_presence_mode: z.boolean().describe('show whether an agent is a person or an AI; false: fully anonymous'),
});

const promptTemplateConfig = z.strictObject({
  for_participant: z
    .strictObject({
      choice_display_format: z.enum(CHOICE_DISPLAY_FORMATS).default('bullet').describe('how choices are listed'),
      json_field_order: z
        .enum(JSON_FIELD_ORDERS)
        .default('answer_first')
        .describe('whether to answer or to reason first'),
    })
    .prefault({}),
});

const apiConfig = z.strictObject({
  base_url: z
    .url({protocol: /^https?$/})
    .optional()
    .describe('address of an OpenAI-compatible server, e.g. `http://127.0.0.1:8000/v1`'),
  api_key_env: text.optional().describe('name of the environment variable that holds the key'),
  timeout_seconds: z.number().positive().optional().describe('longest wait for one answer; default 120'),
  max_retries: z.int().min(0).optional().describe('repetitions of a call that failed; default 5'),
  max_concurrent_requests: positive.optional().describe('the older name of `max_num_seqs` for hosted models'),
  send_temperature: z
    .boolean()
    .optional()
    .describe('send the temperature; default false for openai, true for anthropic'),
  send_top_p: z.boolean().optional().describe('send top_p where the agent has one; default false'),
  reasoning_effort: z
    .enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh'])
    .optional()
    .describe('openai: how hard it thinks'),
  verbosity: z.enum(['low', 'medium', 'high']).optional().describe('openai: how much it writes'),
  thinking: z.enum(['disabled', 'adaptive']).optional().describe('anthropic: default `disabled`'),
  effort: z.enum(['low', 'medium', 'high', 'max']).optional().describe('anthropic: how hard it works'),
});

const vllmConfig = z.strictObject({
  tensor_parallel_size: positive.optional().describe('GPUs of one replica; default 1'),
  data_parallel_size: positive.optional().describe('replicas; default 1'),
  gpu_device_ids: z
    .array(z.int().min(0))
    .optional()
    .describe('the GPUs to use; their number is the tensor parallel size'),
  gpu_memory_utilization: z.number().gt(0).max(1).optional().describe('share of GPU memory; default 0.9'),
  max_model_len: positive.optional().describe('longest sequence in tokens; default 4096'),
  dtype: text.optional().describe('weights and activations; default `auto`'),
  max_num_seqs_upper_bound: positive.optional().describe('most sequences at once'),
  enable_prefix_caching: z.boolean().optional().describe('keep common beginnings of prompts'),
  swap_space: z.number().min(0).optional().describe('CPU swap space in GiB'),
  enforce_eager: z.boolean().optional().describe('no CUDA graphs'),
  quantization: text.optional().describe('quantisation method'),
  attention_backend: text.optional().describe('attention implementation'),
});

const simulatedConfig = z.strictObject({
  seed: z.int().min(0).optional().describe('of the model; default 0'),
  latency_median_ms: z.number().min(0).optional().describe('median latency; default 0'),
  latency_sigma: z.number().min(0).optional().describe("standard deviation of the latency's logarithm; default 0.5"),
  malformed_rate: z.number().min(0).max(1).optional().describe('share of replies in a wrong format; default 0'),
  failure_rate: z.number().min(0).max(1).optional().describe('share of calls that fail; default 0'),
  accuracy: z.number().min(0).max(1).optional().describe('probability of the right answer; default 0.7'),
  conformity: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe('probability of following the majority of peers; default 0.3'),
  bias: z
    .record(z.string(), z.number().min(-1).max(1))
    .optional()
    .describe('pull of an identity towards the stereotyped answer, −1…1; `default` where no other key fits'),
});

const named = {
  model_name: text.optional().describe("the model's name at the provider"),
  model_path: text.optional().describe('another name of `model_name`'),
  max_num_seqs: requestLimit.optional(),
};

const modelDefinition = z.discriminatedUnion('backend', [
  z.strictObject({
    backend: z.literal('vllm'),
    model_path: text.describe('the model on the hub or on disk'),
    model_name: text.optional().describe('the name under which the server offers it; default `model_path`'),
    max_num_seqs: requestLimit.optional(),
    vllm_config: vllmConfig.optional(),
    api_config: apiConfig.optional(),
  }),
  z.strictObject({backend: z.literal('openai'), ...named, api_config: apiConfig.optional()}),
  z.strictObject({backend: z.literal('anthropic'), ...named, api_config: apiConfig.optional()}),
  z.strictObject({
    backend: z.literal('ollama'),
    ...named,
    ollama_api_url: z
      .url({protocol: /^https?$/})
      .optional()
      .describe('default `http://localhost:11434`'),
    timeout_seconds: z.number().positive().optional().describe('longest wait for one answer; default 120'),
    ollama_config: z
      .strictObject({
        num_ctx: positive.optional().describe('context length in tokens; the default of Ollama is short'),
        keep_alive: z
          .union([z.string(), z.number()])
          .optional()
          .describe('how long the model stays loaded, e.g. `10m`'),
      })
      .optional(),
  }),
  z.strictObject({
    backend: z.literal('simulated'),
    model_name: text.optional().describe('only a name'),
    max_num_seqs: requestLimit.optional(),
    simulated_config: simulatedConfig.optional(),
  }),
]);

const agentDefinition = z.strictObject({
  agent_id: text.describe('unique in the config, e.g. `spkr_000`'),
  role: text.describe(`one of: ${Object.keys(ROLES).join(', ')}`),
  persona: z.string().nullish().describe('e.g. `doctor`'),
  demographics: z.string().nullish().describe('e.g. `black`'),
  if_as_human: z.boolean().describe('a person, or an AI agent that assists one'),
  model: text.describe('a key of `model_definitions`'),
  temperature: z.number().min(0).max(2).describe('sampling temperature'),
  max_tokens: positive.describe('longest reply in tokens'),
  top_p: z.number().gt(0).max(1).nullish().describe('nucleus sampling'),
  top_k: z.int().min(-1).nullish().describe('-1: off'),
  min_p: z.number().min(0).max(1).nullish().describe('least probability relative to the best token'),
  presence_penalty: z.number().min(-2).max(2).nullish().describe('penalty for tokens that occurred'),
  enable_thinking: z.boolean().nullish().describe('for models whose chat template can switch thinking'),
  role_specific_config: z
    .strictObject({
      speak_after_within_round: z
        .array(text)
        .nullish()
        .describe('agents that must have spoken in the round before this one may'),
    })
    .nullish(),
});

export const taskConfigSchema = z.strictObject({
  experiment_metadata: experimentMetadata,
  conversation_config: conversationConfig,
  retry_config: retryConfig,
  identity_reveal_config: identityRevealConfig,
  prompt_template_config: promptTemplateConfig.prefault({}),
  model_definitions: z
    .record(text, modelDefinition)
    .refine(models => Object.keys(models).length > 0, 'at least one model'),
  agent_definitions: z.array(agentDefinition).min(1),
  compatibility: z
    .enum(['default', 'reference'])
    .optional()
    .describe('`reference`: answer matching, message order and empty answers as in the older system'),
});

/** The `_grid` section. */
const gridSection = z.strictObject({
  sweep: z.record(text, z.array(z.unknown())).nullish().describe('path → values; every combination is a task'),
  broadcast: z
    .record(text, z.object({paths: z.array(text), values: z.array(z.unknown())}))
    .nullish()
    .describe('name → paths that get one value together, and the values'),
  zip: z
    .record(text, z.array(z.record(text, z.unknown())))
    .nullish()
    .describe('name → sets of path → value that belong together'),
  derive: z.record(text, z.string()).nullish().describe('path → text with {placeholders} in full dot notation'),
});

/** JSON Schema (2020-12) of a config file: any value below the sections may be the `_` placeholder that the grid fills in. */
export function configJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(taskConfigSchema, {io: 'input', unrepresentable: 'any'}) as JsonSchema;
  const {properties = {}} = schema;
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'mac config',
    type: 'object',
    properties: {
      _grid: z.toJSONSchema(gridSection, {io: 'input'}),
      ...Object.fromEntries(Object.entries(properties).map(([name, section]) => [name, allowPlaceholder(section)])),
    },
    required: schema.required?.filter(name => name !== 'prompt_template_config'),
    additionalProperties: false,
  };
}

interface JsonSchema {
  readonly [keyword: string]: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: boolean | JsonSchema;
  readonly items?: JsonSchema;
  readonly oneOf?: readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
  readonly required?: readonly string[];
  readonly description?: string;
}

/** Leaves may be `_`; objects and lists keep their shape. */
function allowPlaceholder(schema: JsonSchema): JsonSchema {
  if (schema.properties) {
    const properties: Record<string, JsonSchema> = {};
    for (const [name, member] of Object.entries(schema.properties)) properties[name] = allowPlaceholder(member);
    return {...schema, properties};
  }
  if (typeof schema.additionalProperties === 'object') {
    return {...schema, additionalProperties: allowPlaceholder(schema.additionalProperties)};
  }
  if (schema.items) return {...schema, items: allowPlaceholder(schema.items)};
  if (schema.oneOf) return {...schema, oneOf: schema.oneOf.map(allowPlaceholder)};
  if ('const' in schema) return schema;
  const {description, ...rest} = schema;
  return {...(description === undefined ? {} : {description}), anyOf: [rest, {const: '_'}]};
}
