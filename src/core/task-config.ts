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

/** What the config says of a server and of how it is called, whatever the backend. */
export interface ApiConfig {
  readonly base_url?: string;
  /** Name of the environment variable that holds the key; the key itself never stands in a config. */
  readonly api_key_env?: string;
  readonly timeout_seconds?: number;
  /** Further attempts after a failed call (connection, time-out, 408, 409, 429, 5xx). */
  readonly max_retries?: number;
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

/** What a model puts around thoughts inside its text. */
export interface ThoughtTag {
  readonly open: string;
  readonly close: string;
}

/** What models of every backend may have. A backend's own keys are in its schema, `backend/NAME/NAME-schema.ts`. */
export interface ModelDefinition {
  readonly backend: string;
  /** As its server knows it. */
  readonly model_name?: string;
  /** Alias of `model_name`; for vLLM the model on the hub or on disk. */
  readonly model_path?: string;
  readonly max_num_seqs?: RequestLimit;
  /** Ours: besides the tags that are known anyway. */
  readonly thought_tags?: readonly ThoughtTag[];
  readonly api_config?: ApiConfig;
  readonly request?: RequestShape;
  readonly system_role?: SystemRole;
}
