import {z} from 'zod';

import {DEFAULT_RETRY_OUTCOMES, FAILED_OUTCOMES} from './conversation-outcome.ts';
import {isMapping} from './mapping.ts';
import {positive, text, type commonModel, type Given} from './model-schema.ts';

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

const conversationConfig = (routingStrategies: readonly string[]) =>
  z.strictObject({
    routing_strategy: z.enum(routingStrategies).describe('who sees what (docs/roles-and-routing.md)'),
    max_rounds: positive.describe('rounds in which every agent speaks once'),
    message_order: z
      .enum(['seat', 'shuffled', 'completion'])
      .nullish()
      .describe('order of messages in a discussion; default `seat`, `completion` under `compatibility: reference`'),
    early_stop_on_unanimity: z
      .boolean()
      .nullish()
      .describe('stop after a round in which all participants gave one answer; default false'),
    structured_output: z
      .enum(['prompt', 'json_schema'])
      .nullish()
      .describe('ask for the JSON shape in the prompt only, or have the server enforce it too; default `prompt`'),
    choice_order: z
      .enum(['fixed', 'shuffled', 'counterbalanced'])
      .nullish()
      .describe(
        "order in which a question's choices are shown: the file's, one that the seed decides, or every choice equally often in every place; default `fixed`",
      ),
    share_reasoning: z
      .boolean()
      .nullish()
      .describe("show the others a model's thoughts beside what it said; default false"),
    seed: z
      .int()
      .min(0)
      .nullish()
      .describe(
        'every request gets a seed of its own that follows from it; also decides shuffled orders and the simulated model. Default: requests have none, the rest follows from the task',
      ),
  });

const retryConfig = z.strictObject({
  max_retries: z.int().min(0).describe('further attempts when a reply is not usable'),
  answer_match_threshold: z.number().min(0).max(1).describe('least similarity of an answer to a choice, 0…1'),
  retry_on_validation_error: z.boolean().describe('ask again when a reply is not usable'),
  retry_on_generation_error: z.boolean().describe("repeat calls that failed for the server's reasons"),
  retry_feedback: z
    .boolean()
    .nullish()
    .describe(
      'a retry says in one line what was wrong with the last reply; default true, false under `compatibility: reference`',
    ),
  retry_outcomes: z
    .array(z.enum(FAILED_OUTCOMES))
    .nullish()
    .describe(
      `how questions ended that \`mac resume\` asks again; the others are done. Default: ${DEFAULT_RETRY_OUTCOMES.join(', ')}; all under \`compatibility: reference\``,
    ),
  retry_on_placeholder: z
    .boolean()
    .nullish()
    .describe(
      "ask again when the prompt's placeholder comes back as the rationale; default true; false records the answer, marked, and shows it to others without the rationale",
    ),
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
    .prefault({})
    .describe('the prompt of participants'),
});

const agentDefinition = (roles: readonly string[]) =>
  z.strictObject({
    agent_id: text.describe('unique in the config, e.g. `spkr_000`'),
    role: text.describe(`one of: ${roles.join(', ')}`),
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
      .nullish()
      .describe('when the agent speaks'),
  });

const executionConfig = z.strictObject({
  canary: z
    .int()
    .min(0)
    .nullish()
    .describe('questions of each task that go before the rest, which is not sent where all of them fail; default 0'),
  fail_after: z
    .union([z.int().min(1), z.number().gt(0).lt(1)])
    .nullish()
    .describe('stop the run after so many failed conversations, or a share of them below 1; default: never'),
});

/** Names that the registries of other rooms know, and the schema of models that follows from the backends. */
export interface Registered {
  readonly routingStrategies: readonly string[];
  readonly roles: readonly string[];
  readonly model: z.ZodType<z.output<typeof commonModel>>;
}

/**
 * Makes the one description of a task's configuration: its type, validation, the JSON Schema for editors and the tables
 * of docs/configuration.md come from it. `describe` texts are for users. Keys that the older system does not have are
 * optional, with defaults that reproduce it.
 */
export function makeTaskSchema({routingStrategies, roles, model}: Registered) {
  return z.strictObject({
    experiment_metadata: experimentMetadata.describe('what the results are called and what is asked'),
    conversation_config: conversationConfig(routingStrategies).describe('how agents talk').transform(omitNulls),
    retry_config: retryConfig.describe('what happens to replies that cannot be used').transform(omitNulls),
    identity_reveal_config: identityRevealConfig.describe('what agents learn of each other'),
    prompt_template_config: promptTemplateConfig.prefault({}).describe('how prompts are written'),
    model_definitions: z
      .record(text, model.transform(omitNullOptions))
      .refine(models => Object.keys(models).length > 0, 'at least one model')
      .describe('name → model; agents refer to the names'),
    // Agents keep their nulls, since records show them.
    agent_definitions: z.array(agentDefinition(roles)).min(1).describe('who takes part, in seat order'),
    execution_config: executionConfig
      .transform(omitNulls)
      .optional()
      .describe('what keeps a run from going on in vain; changes no result (`mac run --canary`, `--fail-after`)'),
    compatibility: z
      .enum(['default', 'reference'])
      .optional()
      .describe('`reference`: answer matching, message order and empty answers as in the older system'),
  });
}

/** Leaves out options that are null: they count as not given. */
function omitNulls<T extends object>(options: T): WithoutNull<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value != null)) as WithoutNull<T>;
}

/** Leaves out null options of a model and of the mappings in it, such as `api_config`. */
function omitNullOptions<Model extends object>(model: Model): Given<Model> {
  const options = Object.entries(omitNulls(model)).map(([key, value]: [string, unknown]) => [
    key,
    isMapping(value) ? omitNulls(value) : value,
  ]);
  return Object.fromEntries(options) as Given<Model>;
}

type WithoutNull<T> = {[Key in keyof T]: Exclude<T[Key], null | undefined>};

/** Returns a type that is not to be changed, at any depth. */
type Frozen<T> = T extends readonly (infer Item)[]
  ? readonly Frozen<Item>[]
  : T extends object
    ? {readonly [Key in keyof T]: Frozen<T[Key]>}
    : T;

/** One task's configuration after expansion, validation and defaults. */
export type TaskConfig = Frozen<z.output<ReturnType<typeof makeTaskSchema>>>;
export type ConversationConfig = TaskConfig['conversation_config'];
export type RetryConfig = TaskConfig['retry_config'];
export type IdentityRevealConfig = TaskConfig['identity_reveal_config'];
export type ParticipantPromptConfig = TaskConfig['prompt_template_config']['for_participant'];
export type AgentDefinition = TaskConfig['agent_definitions'][number];
export type ChoiceOrder = NonNullable<ConversationConfig['choice_order']>;
export type MessageOrder = NonNullable<ConversationConfig['message_order']>;
export type ChoiceDisplayFormat = ParticipantPromptConfig['choice_display_format'];

/** A model of any backend, by the keys that all of them have. */
export type ModelDefinition = Given<z.output<typeof commonModel>>;
export type RequestLimit = NonNullable<ModelDefinition['max_num_seqs']>;
export type RequestShape = NonNullable<ModelDefinition['request']>;
/** `true`: `yes`, as YAML 1.1 reads it. */
export type SystemRole = NonNullable<ModelDefinition['system_role']>;
export type ThoughtTag = NonNullable<ModelDefinition['thought_tags']>[number];
