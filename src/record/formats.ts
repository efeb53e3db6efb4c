/**
 * The shapes of the files that we write: types only, so that the rooms that make their contents and the rooms that read
 * them speak of the same things. Field names, order and meaning are the older system's; fields marked "ours" are
 * additions. docs/formats.md describes every file.
 */
import type {ConversationOutcome, FailedOutcome, OutcomeCounts} from '../core/conversation-outcome.ts';
import type {ChoiceOrder} from '../core/task-config.ts';
import type {Choice} from '../questions/question.ts';

/** An error as it stands in records. `error_class` and `error_code` are the older system's names. */
export interface RecordedError {
  readonly error_class: string;
  readonly error_code: string;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** An error of one attempt at a request, kept in the message that finally succeeded or in the fatal error. */
export type ValidationError = RecordedError;

/** What an agent said, as far as other agents and the analysis see it. Other roles add fields of their own. */
export interface StructuredResponse {
  readonly response_type: string;
  readonly rationale: unknown;
  /** The id of the chosen option, or free text; participants and unknown roles. */
  readonly opinion?: unknown;
  readonly [field: string]: unknown;
}

/** One scored comparison of an answer with a choice. */
export interface MatchDetail {
  readonly text: string;
  readonly id: string;
  /** 0…1, rounded half-even to 2 decimals. */
  readonly match_score: number;
  readonly match_type: 'exact' | 'case_insensitive' | 'fuzzy' | 'below_threshold';
}

export interface AnswerMatchInfo {
  readonly original_answer: unknown;
  readonly match_details: readonly MatchDetail[];
}

/** Ours: an attempt whose reply was not usable. Its tokens were spent, its words may be scored anew. */
export interface FailedAttempt {
  /** Why it was not usable, as in `validation_errors`. */
  readonly error_code: string;
  /** The model's text, unparsed. */
  readonly raw_text: string;
  readonly finish_reason: string | null;
  readonly latency_ms: number;
  readonly prompt_tokens: number;
  readonly response_tokens: number;
  readonly reasoning_tokens?: number;
  readonly reasoning_text?: string;
  /** Sampling options as they were sent. */
  readonly sampling?: Readonly<Record<string, unknown>>;
  /** The line of its prompt that said what was wrong with the reply before. */
  readonly feedback?: string;
}

/** Ours: what the failed attempts of a conversation cost; the older system's token counts leave them out. */
export interface FailedAttemptTotals {
  readonly count: number;
  readonly prompt_tokens: number;
  readonly response_tokens: number;
}

/** Ours: what an audit or a re-scoring needs of the call that gave a message. */
export interface CallRecord {
  /** The model's text, unparsed. */
  readonly raw_text: string;
  readonly finish_reason: string | null;
  readonly latency_ms: number;
  /** The model's name as the server gives it. */
  readonly served_model: string | null;
  /** Which backend answered: `vllm`, `openai`, `ollama`, `anthropic` or `simulated`. */
  readonly backend: string;
  /** Sampling options as they were sent. */
  readonly sampling: Readonly<Record<string, unknown>>;
  readonly reasoning_tokens?: number;
  /** The model's thoughts, whether they came apart or inside the text. */
  readonly reasoning_text?: string;
  /** The reply had to be mended, or read differently from how it was asked for. */
  readonly json_repaired?: true;
  /** The rationale is the prompt's placeholder (`retry_on_placeholder: false`). */
  readonly placeholder?: true;
  /** The line of its prompt that said what was wrong with the reply before. */
  readonly feedback?: string;
  /** The answer stood where thoughts belong, though thinking was switched off; `reasoning_text` has it. */
  readonly from_reasoning?: true;
  /** The attempts before it, if there were any. */
  readonly failed_attempts?: readonly FailedAttempt[];
}

export interface MessageMetadata {
  readonly retry_count: number;
  readonly prompt_tokens: number;
  readonly response_tokens: number;
  /** Debug only. */
  readonly prompt?: string;
  /** Debug only. */
  readonly answer_match_info?: AnswerMatchInfo;
  readonly matched_answer_text?: string;
  readonly validation_errors?: readonly ValidationError[];
  /** Ours. */
  readonly call?: CallRecord;
}

export interface Message {
  readonly message_id: string;
  readonly agent_id: string;
  readonly agent_role: string;
  readonly round_id: number;
  readonly agent_identity_display: string | null;
  readonly structured_response: StructuredResponse;
  readonly visible_to: readonly string[];
  readonly message_metadata: MessageMetadata;
}

export interface ConversationRound {
  readonly round_id: number;
  readonly messages: readonly Message[];
}

export type ConversationStatus = 'succeeded' | 'partial' | 'failed';

export interface TokenTotals {
  readonly total: number;
  readonly avg: number;
  readonly max: number;
}

export interface TokenMetrics {
  readonly total_messages: number;
  readonly prompt_tokens: TokenTotals;
  readonly response_tokens: TokenTotals;
  readonly combined_tokens: TokenTotals;
}

export interface ConversationSummary {
  readonly total_rounds: number;
  readonly total_messages: number;
  readonly status: ConversationStatus;
  /** Ours: how the conversation ended; absent in records from before it was recorded. */
  readonly outcome?: ConversationOutcome;
  readonly final_answers: Readonly<Record<string, unknown>>;
  readonly consensus_reached: boolean | null;
  readonly token_metrics: TokenMetrics;
  readonly retry_statistics: {
    readonly total_retry_attempts: number;
    readonly messages_requiring_retries: number;
    readonly validation_errors_summary: readonly {readonly error: string; readonly count: number}[];
  };
  readonly error_info?: RecordedError;
  /** Ours: present if there were any. */
  readonly failed_attempts?: FailedAttemptTotals;
  /** Ours: the turn at which the conversation ended, with the replies that were not usable. */
  readonly failed_turn?: {
    readonly agent_id: string;
    readonly round_id: number;
    readonly failed_attempts: readonly FailedAttempt[];
  };
  /** Ours: what others said in the round of `failed_turn`; no part of the discussion, so no metric counts it. */
  readonly unfinished_round?: {
    readonly round_id: number;
    readonly messages: readonly Message[];
    /** Of agents who had not come to an answer when the conversation ended. */
    readonly failed_turns: readonly {readonly agent_id: string; readonly failed_attempts: readonly FailedAttempt[]}[];
  };
}

export interface TranscriptMetadata {
  readonly experiment_name: string;
  readonly benchmark_subcategory: string;
  readonly config_snapshot_path: string;
  readonly submission_timestamp: string;
  readonly execution_timestamp: string;
  readonly job_task_id: string;
  readonly question_id: string;
}

/** Ours: ties a transcript to the task and the attempt that wrote it. */
export interface TranscriptProvenance {
  readonly task_key: string;
  /** Fencing number of the lease under which it was written. */
  readonly attempt: number;
  readonly mac_version: string;
  readonly seed: number | null;
  readonly questions_sha256: string;
  /** In the order in which they were shown; those that are not shown stand last. */
  readonly choices: readonly Choice[];
  /** How that order came about; absent in records from before it could be chosen. */
  readonly choice_order?: ChoiceOrder;
  /** From 1; absent in older records. */
  readonly repetition?: number;
  /**
   * Conversations of the question that were recorded before this one: attempts count on from there. Absent when there
   * were none.
   */
  readonly earlier_tries?: number;
}

export interface Transcript {
  readonly transcript_id: string;
  readonly protocol_version: string;
  readonly experiment_metadata: TranscriptMetadata;
  readonly conversation_rounds: readonly ConversationRound[];
  readonly conversation_summary: ConversationSummary;
  readonly created_at: string;
  /** Ours. */
  readonly provenance?: TranscriptProvenance;
  /** Debug only: question, conversation_config, retry_config, identity_reveal_config, agent_definitions. */
  readonly [debugSection: string]: unknown;
}

/** One line of `{experiment}_index.jsonl`. */
export interface IndexRecord {
  readonly question_id: string;
  readonly job_task_id: string;
  readonly config_snapshot_path: string;
  readonly transcript_path: string;
  readonly status: ConversationStatus;
  readonly total_rounds_completed: number;
  readonly fatal_error: Omit<RecordedError, 'details'> | null;
  /** Ours: as in the transcript's summary. */
  readonly outcome?: ConversationOutcome;
  /** Ours: why it did not succeed; absent when it did, and in older files. */
  readonly failures?: readonly CodeCount[];
  /** Ours: which attempt wrote the line; readers take the highest, then the last. */
  readonly attempt?: number;
  readonly created_at?: string;
}

/** Ours: how many attempts at a conversation ended with one error code. */
export interface CodeCount {
  readonly code: string;
  readonly count: number;
  /** Of replies that were cut there. */
  readonly max_tokens?: number;
}

/** Ours: the same over many questions. */
export interface FailureCount extends CodeCount {
  /** A transcript in which it happened. */
  readonly example: string;
}

export interface ManifestQuestion {
  /**
   * How the question ended when that is final; null while it is open or is to be asked again. The older system knew
   * only `succeeded`.
   */
  readonly status: 'succeeded' | FailedOutcome | null;
  readonly transcript_id: string;
  /**
   * Ours: how its last recorded conversation ended, final or not; absent when it succeeded at once, and in older files.
   */
  readonly outcome?: ConversationOutcome;
  /** Ours: how many conversations of it were recorded; absent when none failed. */
  readonly tries?: number;
  /** Ours: why the last one did not succeed. */
  readonly failures?: readonly CodeCount[];
}

export interface TaskManifest {
  readonly job_task_id: string;
  readonly config_snapshot_path: string;
  readonly num_questions_planned: number;
  readonly num_questions_processed: number;
  readonly questions: Readonly<Record<string, ManifestQuestion>>;
  readonly created_at: string;
  /** Ours: absent in files of the older system. */
  readonly task_key?: string;
  readonly task_id?: number;
  readonly attempt?: number;
  readonly grid_id?: string;
  readonly repetition?: number;
  readonly questions_sha256?: string;
  /** Ours: how many questions per task `--limit` allowed; absent when all were planned. */
  readonly question_limit?: number;
  /** Ours: how long the index was, in bytes, when this attempt began; its lines stand behind. */
  readonly index_start?: number;
}

/** The questions of a task. */
export interface QuestionCounts {
  readonly total: number;
  readonly succeeded: number;
  /** Ours: that need not be asked again, successes and final outcomes; absent where that is `succeeded`. */
  readonly done?: number;
  /** Ours: those that ended otherwise, final or not; absent when there are none. */
  readonly outcomes?: OutcomeCounts;
  /** Ours: why they did, the most frequent error code first; absent when there are none. */
  readonly failures?: readonly FailureCount[];
}

/** `succeeded`: every question is done. */
export type GridTaskStatus = null | 'started' | 'succeeded';

export interface GridManifestTask {
  readonly task_id: number;
  readonly experiment_name: string;
  readonly benchmark_subcategory: string;
  readonly grid_sweep_specs: Readonly<Record<string, unknown>>;
  readonly skip_cleanup: boolean;
  readonly status: GridTaskStatus;
  readonly started_at: string | null;
  readonly completed_at: string | null;
  /** Ours. */
  readonly task_key?: string;
  /** Ours: why the last attempt did not finish the task. */
  readonly reason?: string;
  /** Ours: of tasks that were started. */
  readonly questions?: QuestionCounts;
}

export interface GridManifest {
  readonly grid_config_snapshot_path: string;
  readonly pid: number;
  readonly submission_timestamp: string;
  readonly num_tasks_planned: number;
  readonly num_tasks_succeeded: number;
  readonly tasks: readonly GridManifestTask[];
  readonly created_at: string;
  /** Ours. */
  readonly grid_id?: string;
  readonly repetition?: number;
  readonly repetitions?: number;
  readonly host?: string;
  readonly mac_version?: string;
  readonly question_limit?: number;
}
