import type {FailedOutcome} from './conversation-outcome.ts';

/**
 * One task's configuration after expansion, validation and defaults. Key names are the older system's
 * (docs/configuration.md); the keys marked "ours" have defaults that reproduce it.
 */
export interface TaskConfig {
  readonly experiment_metadata: ExperimentMetadata;
  readonly conversation_config: ConversationConfig;
  readonly retry_config: RetryConfig;
  readonly identity_reveal_config: IdentityRevealConfig;
  readonly prompt_template_config: {readonly for_participant: ParticipantPromptConfig};
  readonly model_definitions: Readonly<Record<string, ModelDefinition>>;
  readonly agent_definitions: readonly AgentDefinition[];
  /** Ours. Changes no result and is no part of the task's key. */
  readonly execution_config?: ExecutionConfig;
  /** Ours. `reference` reproduces the older system's answer matching, message order and empty-answer rule. */
  readonly compatibility?: 'default' | 'reference';
}

/** What keeps a run from going on in vain. */
export interface ExecutionConfig {
  /** So many conversations go before the rest, which is not sent when all of them fail. */
  readonly canary?: number;
  /** The run stops after so many failed conversations, or below 1 after such a share of them. */
  readonly fail_after?: number;
}

export interface ExperimentMetadata {
  readonly experiment_name: string;
  readonly benchmark_subcategory: string;
  readonly schema_version: string;
  readonly questions_file: string;
  /** Written by us into the task's config snapshot, never by the user. */
  readonly _grid_config_snapshot_path?: string;
}

export type ChoiceOrder = 'fixed' | 'shuffled' | 'counterbalanced';

export type MessageOrder = 'seat' | 'shuffled' | 'completion';

export interface ConversationConfig {
  /** A name registered in conversation/routing: `vanilla`, `peers_hidden`, `answers_only`. */
  readonly routing_strategy: string;
  readonly max_rounds: number;
  /** Ours; default `seat` (`completion` under `compatibility: reference`). */
  readonly message_order?: MessageOrder;
  /** Ours; default false: stop after a round in which all participants gave one answer. */
  readonly early_stop_on_unanimity?: boolean;
  /** Ours; default `prompt`. */
  readonly structured_output?: 'prompt' | 'json_schema';
  /** Ours; default `fixed`: in which order a question's choices are shown. */
  readonly choice_order?: ChoiceOrder;
  /** Ours; default false: others also read the thoughts behind a message. */
  readonly share_reasoning?: boolean;
  /**
   * Ours; seeds shuffled orders and the simulated model (default: derived from the task), and every request
   * (`requestSeed`; default: none is sent).
   */
  readonly seed?: number;
}

export interface RetryConfig {
  /** Further attempts after the first, per request. */
  readonly max_retries: number;
  readonly answer_match_threshold: number;
  readonly retry_on_validation_error: boolean;
  readonly retry_on_generation_error: boolean;
  /** Ours; default true, false under `compatibility: reference`: a retry says in one line what was wrong. */
  readonly retry_feedback?: boolean;
  /**
   * Ours; default `DEFAULT_RETRY_OUTCOMES`, under `compatibility: reference` all: the outcomes that `mac resume` asks
   * again.
   */
  readonly retry_outcomes?: readonly FailedOutcome[];
  /**
   * Ours; default true: ask again when the prompt's placeholder comes back as the rationale; false records it, marked.
   */
  readonly retry_on_placeholder?: boolean;
}

export interface IdentityRevealConfig {
  readonly reveal_persona: boolean;
  readonly reveal_demographics: boolean;
  readonly reveal_presence_mode: boolean;
}

export type ChoiceDisplayFormat =
  | 'bullet'
  | 'letter_colon'
  | 'letter_dot'
  | 'letter_paren'
  | 'arabic_colon'
  | 'arabic_dot'
  | 'arabic_paren'
  | 'roman_colon'
  | 'roman_dot'
  | 'roman_paren'
  | 'none';

export interface ParticipantPromptConfig {
  readonly choice_display_format: ChoiceDisplayFormat;
  readonly json_field_order: 'answer_first' | 'rationale_first';
}

export interface AgentDefinition {
  readonly agent_id: string;
  readonly role: string;
  readonly persona?: string | null;
  readonly demographics?: string | null;
  readonly if_as_human: boolean;
  /** A key of model_definitions. */
  readonly model: string;
  readonly temperature: number;
  readonly max_tokens: number;
  readonly top_p?: number | null;
  readonly top_k?: number | null;
  readonly min_p?: number | null;
  readonly presence_penalty?: number | null;
  readonly enable_thinking?: boolean | null;
  readonly role_specific_config?: {readonly speak_after_within_round?: readonly string[]} | null;
}

/** How many requests a model may have in flight: a number, or steered by the server's own load. */
export type RequestLimit = number | 'auto';

export interface ApiConfig {
  readonly base_url?: string;
  /** Name of the environment variable that holds the key; the key itself never stands in a config. */
  readonly api_key_env?: string;
  readonly timeout_seconds?: number;
  /** Further attempts after a failed call (connection, time-out, 408, 409, 429, 5xx). */
  readonly max_retries?: number;
  readonly max_concurrent_requests?: number;
  readonly send_temperature?: boolean;
  readonly send_top_p?: boolean;
  /** OpenAI. */
  readonly reasoning_effort?: string;
  /** OpenAI. */
  readonly verbosity?: string;
  /** Anthropic. */
  readonly thinking?: 'disabled' | 'adaptive';
  /** Anthropic. */
  readonly effort?: string;
}

/**
 * Ours. Changes the body of every request to a model, in this order; names may be paths with dots (`options.seed`).
 * Recorded with each call, since the record shows what was sent.
 */
export interface RequestShape {
  /** From name → to name. */
  readonly rename?: Readonly<Record<string, string>>;
  readonly drop?: readonly string[];
  /** Added, or put in the place of what was there; mappings are merged. */
  readonly add?: Readonly<Record<string, unknown>>;
}

/**
 * Whether a model takes a system message. `auto` tries it and goes on without where the server refuses it; `fold` puts
 * its text before the user's. `true`: `yes`, as YAML 1.1 reads it.
 */
export type SystemRole = 'auto' | 'yes' | 'fold' | true;

export interface VllmConfig {
  readonly tensor_parallel_size?: number;
  readonly data_parallel_size?: number;
  readonly gpu_device_ids?: readonly number[];
  readonly gpu_memory_utilization?: number;
  readonly max_model_len?: number;
  readonly dtype?: string;
  readonly max_num_seqs_upper_bound?: number;
  readonly enable_prefix_caching?: boolean;
  readonly swap_space?: number;
  readonly enforce_eager?: boolean;
  readonly quantization?: string;
  readonly attention_backend?: string;
  readonly pipeline_parallel_size?: number;
  readonly enable_expert_parallel?: boolean;
  readonly max_num_batched_tokens?: number;
  readonly kv_cache_dtype?: string;
  readonly tokenizer?: string;
  readonly revision?: string;
  readonly load_format?: string;
  readonly download_dir?: string;
  readonly trust_remote_code?: boolean;
  readonly chat_template?: string;
  readonly reasoning_parser?: string;
  readonly enable_lora?: boolean;
  /** Name → where the adapter is. A `model_name` of these is answered by the adapter. */
  readonly lora_modules?: Readonly<Record<string, string>>;
  readonly speculative_config?: Readonly<Record<string, unknown>>;
  readonly hf_overrides?: Readonly<Record<string, unknown>>;
  /** Words of the command line, or flag → value. */
  readonly extra_args?: readonly (string | number)[] | Readonly<Record<string, unknown>>;
}

/** What a model puts around thoughts inside its text. */
export interface ThoughtTag {
  readonly open: string;
  readonly close: string;
}

export interface VllmModel {
  readonly backend: 'vllm';
  /** Ours: besides the tags that are known anyway. */
  readonly thought_tags?: readonly ThoughtTag[];
  readonly model_path: string;
  /** The name under which the server offers it; default `model_path`. */
  readonly model_name?: string;
  readonly max_num_seqs?: RequestLimit;
  readonly vllm_config?: VllmConfig;
  /** `base_url` of a running server; without one, the executor starts `vllm serve` (on a cluster). */
  readonly api_config?: ApiConfig;
  readonly request?: RequestShape;
  readonly system_role?: SystemRole;
}

export interface OpenAiModel {
  readonly backend: 'openai';
  /** Ours: besides the tags that are known anyway. */
  readonly thought_tags?: readonly ThoughtTag[];
  readonly model_name?: string;
  /** Alias of model_name. */
  readonly model_path?: string;
  readonly max_num_seqs?: RequestLimit;
  readonly api_config?: ApiConfig;
  readonly request?: RequestShape;
  readonly system_role?: SystemRole;
}

export interface AnthropicModel {
  readonly backend: 'anthropic';
  /** Ours: besides the tags that are known anyway. */
  readonly thought_tags?: readonly ThoughtTag[];
  readonly model_name?: string;
  readonly model_path?: string;
  readonly max_num_seqs?: RequestLimit;
  readonly api_config?: ApiConfig;
  readonly request?: RequestShape;
}

export interface OllamaConfig {
  readonly num_ctx?: number;
  readonly keep_alive?: string | number;
  /** Ours; default: the agent's `enable_thinking`, else false. */
  readonly think?: boolean | 'low' | 'medium' | 'high';
}

export interface OllamaModel {
  readonly backend: 'ollama';
  /** Ours: besides the tags that are known anyway. */
  readonly thought_tags?: readonly ThoughtTag[];
  readonly model_name?: string;
  readonly model_path?: string;
  readonly max_num_seqs?: RequestLimit;
  readonly ollama_api_url?: string;
  readonly timeout_seconds?: number;
  readonly ollama_config?: OllamaConfig;
  readonly request?: RequestShape;
  readonly system_role?: SystemRole;
}

/** The built-in model: deterministic, seeded, needs nothing; everything it makes says `simulated`. */
export interface SimulatedModel {
  readonly backend: 'simulated';
  /** Ours: besides the tags that are known anyway. */
  readonly thought_tags?: readonly ThoughtTag[];
  readonly model_name?: string;
  readonly max_num_seqs?: RequestLimit;
  readonly simulated_config?: SimulatedConfig;
}

export interface SimulatedConfig {
  readonly seed?: number;
  /** Median of a lognormal latency; 0 answers at once. */
  readonly latency_median_ms?: number;
  /** Standard deviation of the latency's logarithm; default 0.5. */
  readonly latency_sigma?: number;
  /** Probability that a reply is not in the asked-for format. */
  readonly malformed_rate?: number;
  /** Probability that a call fails as a server error would. */
  readonly failure_rate?: number;
  /** Probability of the right answer where nothing pulls elsewhere; default 0.7. */
  readonly accuracy?: number;
  /** Probability of following the majority of visible peers against the model's own choice; default 0.3. */
  readonly conformity?: number;
  /**
   * How strongly a persona or demographics text pulls towards the stereotyped answer: text → −1…1.
   * A key matches when it occurs in the identity, ignoring case; `default` applies where none does.
   */
  readonly bias?: Readonly<Record<string, number>>;
}

export type ModelDefinition = VllmModel | OpenAiModel | AnthropicModel | OllamaModel | SimulatedModel;
