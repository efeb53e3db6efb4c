import type {ConversationOutcome, OutcomeCounts} from '../../core/conversation-outcome.ts';
import {roundHalfEven} from '../../core/rounding.ts';
import type {ConversationStatus, FailedAttemptTotals, RecordedError, ValidationError} from '../formats.ts';

/** The statistics that the summary keeps of one conversation. */
export interface TranscriptStatistics {
  readonly transcript_id: string;
  readonly question_id: string;
  readonly status: ConversationStatus;
  /** Ours: as in the transcript's summary. */
  readonly outcome?: ConversationOutcome;
  readonly rounds_completed: number;
  readonly tokens_generated: number;
  readonly tokens_prompt: number;
  readonly max_tokens_prompt: number;
  readonly max_tokens_combined: number;
  readonly retry_attempts: number;
  readonly consensus_reached: boolean | null;
  readonly validation_errors: readonly Partial<ValidationError>[];
  readonly per_agent: Readonly<Record<string, AgentStatistics>>;
  /** Ours: not in the token counts above, which are the older system's; present if there were any. */
  readonly failed_attempts?: FailedAttemptTotals;
}

export interface AgentStatistics {
  readonly tokens_generated: number;
  readonly message_count: number;
  readonly retry_count: number;
  readonly exceeded_retry_limit: boolean;
}

/** An error that ended a conversation. */
export interface FailedQuestion {
  readonly question_id: string;
  /** A bare text where nothing else is known. */
  readonly error: Partial<RecordedError> | string | null;
}

/** The parts of a task's configuration that its summary repeats. */
export interface SummaryConfig {
  readonly experiment_metadata: {readonly experiment_name: string; readonly benchmark_subcategory: string};
  readonly conversation_config: {readonly routing_strategy: string; readonly max_rounds: number};
  readonly retry_config: object;
  readonly identity_reveal_config: object;
  readonly prompt_template_config: {readonly for_participant: object};
  readonly model_definitions: Readonly<Record<string, object>>;
  readonly agent_definitions: readonly {readonly agent_id: string; readonly role: string}[];
}

export interface TaskSummaryInput {
  readonly jobTaskId: string;
  readonly config: SummaryConfig;
  readonly configSnapshotPath: string;
  /** `…Z` time stamps, and the milliseconds between them. */
  readonly startTime: string;
  readonly endTime: string;
  readonly durationMs: number;
  readonly createdAt: string;
  readonly questions: {
    readonly total: number;
    /** With those of earlier attempts. */
    readonly succeeded: number;
    readonly partial: number;
    readonly failed: number;
    /** Ours: how those that did not succeed ended. */
    readonly outcomes?: OutcomeCounts;
  };
  readonly failures: readonly FailedQuestion[];
  readonly transcripts: readonly TranscriptStatistics[];
  readonly debug: boolean;
  /** Requests at once that a model's server was found to take, by the model's name in the config. */
  readonly effectiveLimits?: Readonly<Record<string, number>>;
}

/** Builds the final summary of a task: keys, their order and rounding (Python's, to even) are the older system's. */
export function buildTaskSummary(input: TaskSummaryInput): Record<string, unknown> {
  const {config, questions, transcripts, debug} = input;
  const {experiment_name, benchmark_subcategory} = config.experiment_metadata;
  const {choice_display_format, json_field_order} = config.prompt_template_config.for_participant as Record<
    string,
    unknown
  >;
  const seconds = roundHalfEven(input.durationMs / 1000, 3);
  return {
    job_task_id: input.jobTaskId,
    experiment_name,
    benchmark_subcategory,
    start_time: input.startTime,
    end_time: input.endTime,
    duration_seconds: seconds,
    config_snapshot_path: input.configSnapshotPath,
    prompt_template_config: debug
      ? config.prompt_template_config
      : {for_participant: {choice_display_format, json_field_order}},
    throughput_performance: throughput(config, transcripts, input.durationMs / 1000),
    processing_statistics: {
      ...questionCounts(questions),
      success_rate: questions.total > 0 ? roundHalfEven(questions.succeeded / questions.total, 5) : 0,
      error_summary: errorSummary(input.failures),
      ...(debug ? {transcript_uuids: transcripts.map(({transcript_id}) => transcript_id)} : {}),
    },
    retry_statistics: retryStatistics(config, transcripts),
    per_transcript_statistics: transcripts,
    created_at: input.createdAt,
    ...(debug ? debugSections(config, input.effectiveLimits ?? {}) : {}),
  };
}

function questionCounts({total, succeeded, partial, failed, outcomes = {}}: TaskSummaryInput['questions']): object {
  return {
    questions_total: total,
    questions_attempted: succeeded + partial + failed,
    questions_succeeded: succeeded,
    questions_partial: partial,
    questions_failed: failed,
    ...(Object.keys(outcomes).length > 0 ? {questions_by_outcome: outcomes} : {}),
  };
}

function throughput(config: SummaryConfig, transcripts: readonly TranscriptStatistics[], seconds: number): object {
  if (transcripts.length === 0) return {};
  const generated = sum(transcripts, t => t.tokens_generated);
  const rate = (amount: number): number => (seconds > 0 ? roundHalfEven(amount / seconds, 3) : 0);
  return {
    wall_clock_seconds: roundHalfEven(seconds, 3),
    questions_per_second: rate(transcripts.length),
    tokens_per_second: rate(generated),
    total_tokens_generated: generated,
    total_tokens_prompt: sum(transcripts, t => t.tokens_prompt),
    max_tokens_prompt: largest(transcripts, t => t.max_tokens_prompt),
    max_tokens_combined: largest(transcripts, t => t.max_tokens_combined),
    per_agent_stats: config.agent_definitions.map(({agent_id, role}) => {
      const tokens = sum(transcripts, t => t.per_agent[agent_id]?.tokens_generated ?? 0);
      const messages = sum(transcripts, t => t.per_agent[agent_id]?.message_count ?? 0);
      return {
        agent_id,
        role,
        token_count: tokens,
        message_count: messages,
        avg_tokens_per_message: messages > 0 ? roundHalfEven(tokens / messages, 1) : 0,
      };
    }),
  };
}

function errorSummary(failures: readonly FailedQuestion[]): object {
  const byType: Record<string, number> = {};
  const byUnderlyingType: Record<string, number> = {};
  const detail = failures.map(({question_id, error: recorded}) => {
    const error = typeof recorded === 'string' ? {message: recorded} : recorded;
    const type = error?.error_code ?? 'unknown';
    byType[type] = (byType[type] ?? 0) + 1;
    const underlying = underlyingCodes(error);
    for (const code of underlying) byUnderlyingType[code] = (byUnderlyingType[code] ?? 0) + 1;
    return {
      question_id,
      error_type: type,
      error: error?.message ?? 'Unknown error',
      ...(underlying.length > 0 ? {underlying_errors: underlying} : {}),
    };
  });
  return {
    by_type: byType,
    ...(Object.keys(byUnderlyingType).length > 0 ? {by_underlying_type: byUnderlyingType} : {}),
    error_detail: detail,
  };
}

function underlyingCodes(error: Partial<RecordedError> | null): string[] {
  const errors = error?.details?.['validation_errors'];
  if (!Array.isArray(errors)) return [];
  return errors.map((each: Partial<RecordedError>) => each.error_code ?? 'unknown');
}

/** Number of error codes that the summary lists. */
const LISTED_CODES = 10;

function retryStatistics(config: SummaryConfig, transcripts: readonly TranscriptStatistics[]): object {
  const total = sum(transcripts, t => t.retry_attempts);
  const byAgent = config.agent_definitions.map(({agent_id}) => ({
    agent_id,
    retries: sum(transcripts, t => t.per_agent[agent_id]?.retry_count ?? 0),
    messages: sum(transcripts, t => t.per_agent[agent_id]?.message_count ?? 0),
  }));
  return {
    total_retry_attempts: total,
    average_retries_per_conversation: transcripts.length > 0 ? roundHalfEven(total / transcripts.length, 3) : 0,
    by_agent: byAgent,
    by_role: transcripts.length > 0 ? byRole(config, byAgent) : [],
    validation_errors_by_type: countCodes(transcripts.flatMap(t => t.validation_errors)).slice(0, LISTED_CODES),
  };
}

function byRole(config: SummaryConfig, byAgent: readonly {retries: number; messages: number}[]): object[] {
  const roles = new Map<string, {role: string; retries: number; messages: number}>();
  for (const [seat, {role}] of config.agent_definitions.entries()) {
    const entry = roles.get(role) ?? {role, retries: 0, messages: 0};
    entry.retries += byAgent[seat]?.retries ?? 0;
    entry.messages += byAgent[seat]?.messages ?? 0;
    roles.set(role, entry);
  }
  return [...roles.values()];
}

/** Counts error codes, the most frequent first; equals in order of appearance. */
function countCodes(errors: readonly Partial<ValidationError>[]): {error_code: string; count: number}[] {
  const counts = new Map<string, number>();
  for (const {error_code = 'unknown'} of errors) counts.set(error_code, (counts.get(error_code) ?? 0) + 1);
  return [...counts].map(([error_code, count]) => ({error_code, count})).sort((a, b) => b.count - a.count);
}

function debugSections(config: SummaryConfig, effectiveLimits: Readonly<Record<string, number>>): object {
  return {
    conversation_config: {
      routing_strategy: config.conversation_config.routing_strategy,
      max_rounds: config.conversation_config.max_rounds,
      agent_count: config.agent_definitions.length,
    },
    retry_config: config.retry_config,
    identity_reveal_config: config.identity_reveal_config,
    model_definitions: Object.fromEntries(
      Object.entries(config.model_definitions).map(([name, model]) => [
        name,
        describeModelForSummary(model as LooseModel, effectiveLimits[name]),
      ]),
    ),
  };
}

/** A model definition as far as its summary reads it. */
interface LooseModel {
  readonly backend: string;
  readonly model_name?: string;
  readonly model_path?: string;
  readonly vllm_config?: Readonly<Record<string, unknown>>;
}

function describeModelForSummary(
  {backend, model_name, model_path, vllm_config = {}}: LooseModel,
  effectiveLimit: number | undefined,
): object {
  if (backend !== 'vllm') return {backend, model_name: model_name ?? model_path ?? null};
  const upperBound = vllm_config['max_num_seqs_upper_bound'] ?? null;
  return {
    backend,
    model_path: model_path ?? null,
    tensor_parallel_size: vllm_config['tensor_parallel_size'] ?? 1,
    gpu_memory_utilization: vllm_config['gpu_memory_utilization'] ?? 0.9,
    max_model_len: vllm_config['max_model_len'] ?? 4096,
    max_num_seqs_upper_bound: upperBound,
    max_num_seqs_effective: effectiveLimit ?? upperBound,
    dtype: vllm_config['dtype'] ?? 'auto',
    enable_prefix_caching: vllm_config['enable_prefix_caching'] ?? null,
  };
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  let total = 0;
  for (const item of items) total += of(item);
  return total;
}

function largest<T>(items: readonly T[], of: (item: T) => number): number {
  let max = 0;
  for (const item of items) max = Math.max(max, of(item));
  return max;
}

/**
 * Builds the summary of a task that is not finished: rewritten while it runs, left by an interruption; never read back.
 */
export function buildStreamingSummary(
  input: TaskSummaryInput & {readonly status: 'in_progress' | 'interrupted'; readonly lastUpdate: string},
): Record<string, unknown> {
  const {config, questions, transcripts} = input;
  const {experiment_name, benchmark_subcategory} = config.experiment_metadata;
  return {
    job_task_id: input.jobTaskId,
    experiment_name,
    benchmark_subcategory,
    start_time: input.startTime,
    last_update: input.lastUpdate,
    duration_seconds: roundHalfEven(input.durationMs / 1000, 3),
    config_snapshot_path: input.configSnapshotPath,
    prompt_template_config: config.prompt_template_config,
    status: input.status,
    processing_statistics: questionCounts(questions),
    completed_transcripts: transcripts.map(({transcript_id, question_id, status}) => ({
      transcript_id,
      question_id,
      status,
    })),
    errors: input.failures,
  };
}
