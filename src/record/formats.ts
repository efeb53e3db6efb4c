/**
 * The format of transcripts and the parts that it shares with other records; theirs stand beside the code that reads
 * them. Types, the checks of what is read and the JSON Schemas of `mac schema` follow from them. Field names, order and
 * meaning are the older system's; "ours" marks additions. docs/formats.md describes every file. Keys that are not
 * listed are allowed everywhere.
 */
import {z} from 'zod';

import {CONVERSATION_OUTCOMES, FAILED_OUTCOMES} from '../core/conversation-outcome.ts';

/** A value that was read or is about to be written. */
export type Immutable<T> = T extends readonly (infer Item)[]
  ? readonly Immutable<Item>[]
  : T extends object
    ? {readonly [Key in keyof T]: Immutable<T[Key]>}
    : T;

/** Returns a check that a value has a format; the value itself stays as it is. */
export function makeGuard<Schema extends z.ZodType>(
  schema: Schema,
): (value: unknown) => value is Immutable<z.infer<Schema>> {
  return (value): value is Immutable<z.infer<Schema>> => schema.safeParse(value).success;
}

export const conversationStatusSchema = z.enum(['succeeded', 'partial', 'failed']);
export const outcomeSchema = z.enum(CONVERSATION_OUTCOMES);
export const failedOutcomeSchema = z.enum(FAILED_OUTCOMES);
export const fieldsSchema = z.record(z.string(), z.unknown());
/** True or absent. */
const flag = z.literal(true).exactOptional();

/** `error_class` and `error_code` are the older system's names. */
export const recordedErrorSchema = z.object({
  error_class: z.string(),
  error_code: z.string(),
  message: z.string(),
  details: fieldsSchema,
});

export const codeCountSchema = z.object({
  code: z.string(),
  count: z.number(),
  max_tokens: z.number().exactOptional().describe('of replies that were cut there'),
});

export const questionCountsSchema = z.object({
  total: z.number(),
  succeeded: z.number(),
  done: z.number().exactOptional().describe('ours: need not be asked again; absent where that is `succeeded`'),
  outcomes: z
    .partialRecord(failedOutcomeSchema, z.number())
    .exactOptional()
    .describe('ours: ended otherwise, final or not'),
  failures: z
    .array(codeCountSchema.extend({example: z.string().describe('a transcript in which it happened')}))
    .exactOptional()
    .describe('ours: why they did, the most frequent error code first'),
});

/** Documents a range that nothing relies on: a record is not refused for it. */
const matchScore = z.number().meta({minimum: 0, maximum: 1, description: 'rounded half-even to 2 decimals'});

const matchDetail = z.object({
  text: z.string(),
  id: z.string(),
  match_score: matchScore,
  match_type: z.enum(['exact', 'case_insensitive', 'fuzzy', 'below_threshold']),
});

const answerMatchInfo = z.object({original_answer: z.unknown(), match_details: z.array(matchDetail)});

/**
 * The parts of a reply that audits and re-scoring need; those of an unusable one are kept, since it cost tokens too.
 */
const reply = {
  raw_text: z.string().describe("the model's text, unparsed"),
  finish_reason: z.string().nullable(),
  latency_ms: z.number(),
};
const thoughts = {
  reasoning_tokens: z.number().exactOptional(),
  reasoning_text: z.string().exactOptional().describe("the model's thoughts, whether apart or inside the text"),
};
const feedback = z.string().exactOptional().describe('the line of its prompt that named the error of the last reply');

const failedAttempt = z.object({
  error_code: z.string().describe('why it was not usable, as in validation_errors'),
  ...reply,
  prompt_tokens: z.number(),
  response_tokens: z.number(),
  ...thoughts,
  sampling: fieldsSchema.exactOptional().describe('sampling options as they were sent'),
  feedback,
});

const callRecord = z.object({
  ...reply,
  served_model: z.string().nullable().describe("the model's name as the server gives it"),
  backend: z.string().describe('which backend answered'),
  sampling: fieldsSchema.describe('sampling options as they were sent'),
  ...thoughts,
  json_repaired: flag.describe('the reply was mended, or read differently from how it was asked for'),
  placeholder: flag.describe("the rationale is the prompt's placeholder (retry_on_placeholder: false)"),
  feedback,
  from_reasoning: flag.describe('the answer was in the thoughts, though thinking was switched off'),
  failed_attempts: z.array(failedAttempt).exactOptional(),
});

const message = z.object({
  message_id: z.string(),
  agent_id: z.string(),
  agent_role: z.string(),
  round_id: z.number(),
  agent_identity_display: z.string().nullable(),
  structured_response: z.looseObject({
    response_type: z.string(),
    rationale: z.unknown(),
    opinion: z.unknown().exactOptional().describe('the id of the chosen option, or free text'),
  }),
  visible_to: z.array(z.string()),
  message_metadata: z.object({
    retry_count: z.number(),
    prompt_tokens: z.number(),
    response_tokens: z.number(),
    prompt: z.string().exactOptional().describe('debug only'),
    answer_match_info: answerMatchInfo.exactOptional().describe('debug only'),
    matched_answer_text: z.string().exactOptional(),
    validation_errors: z
      .array(recordedErrorSchema)
      .exactOptional()
      .describe('of attempts before the one that succeeded'),
    call: callRecord.exactOptional().describe('ours'),
  }),
});

const tokenTotals = z.object({total: z.number(), avg: z.number(), max: z.number()});

const conversationSummary = z.object({
  total_rounds: z.number(),
  total_messages: z.number(),
  status: conversationStatusSchema,
  outcome: outcomeSchema.exactOptional().describe('ours: how the conversation ended; absent in older records'),
  final_answers: fieldsSchema,
  consensus_reached: z.boolean().nullable(),
  token_metrics: z.object({
    total_messages: z.number(),
    prompt_tokens: tokenTotals,
    response_tokens: tokenTotals,
    combined_tokens: tokenTotals,
  }),
  retry_statistics: z.object({
    total_retry_attempts: z.number(),
    messages_requiring_retries: z.number(),
    validation_errors_summary: z.array(z.object({error: z.string(), count: z.number()})),
  }),
  error_info: recordedErrorSchema.exactOptional(),
  failed_attempts: z
    .object({count: z.number(), prompt_tokens: z.number(), response_tokens: z.number()})
    .exactOptional()
    .describe('ours: what failed attempts cost; token_metrics leaves them out, as in the older system'),
  failed_turn: z
    .object({agent_id: z.string(), round_id: z.number(), failed_attempts: z.array(failedAttempt)})
    .exactOptional()
    .describe('ours: the turn at which the conversation ended'),
  unfinished_round: z
    .object({
      round_id: z.number(),
      messages: z.array(message),
      failed_turns: z.array(z.object({agent_id: z.string(), failed_attempts: z.array(failedAttempt)})),
    })
    .exactOptional()
    .describe('ours: what others said in the round of failed_turn; no part of the discussion, so no metric counts it'),
});

/** Ties a transcript to the task and the attempt that wrote it. */
const provenance = z.object({
  task_key: z.string(),
  attempt: z.number().describe('fencing number of the lease under which it was written'),
  mac_version: z.string(),
  seed: z.number().nullable(),
  questions_sha256: z.string(),
  choices: z
    .array(z.object({id: z.string(), text: z.string()}))
    .describe('in the order in which they were shown; those that are not shown come last'),
  choice_order: z.enum(['fixed', 'shuffled', 'counterbalanced']).exactOptional(),
  repetition: z.number().exactOptional().describe('from 1'),
  earlier_tries: z.number().exactOptional().describe('conversations of the question that were recorded before'),
});

export const transcriptSchema = z.looseObject({
  transcript_id: z.string(),
  protocol_version: z.string(),
  experiment_metadata: z.object({
    experiment_name: z.string(),
    benchmark_subcategory: z.string(),
    config_snapshot_path: z.string(),
    submission_timestamp: z.string(),
    execution_timestamp: z.string(),
    job_task_id: z.string(),
    question_id: z.string(),
  }),
  conversation_rounds: z.array(z.object({round_id: z.number(), messages: z.array(message)})),
  conversation_summary: conversationSummary,
  created_at: z.string(),
  provenance: provenance.exactOptional().describe('ours'),
});

export type RecordedError = Immutable<z.infer<typeof recordedErrorSchema>>;
/** The number of attempts at a conversation that ended with one error code. */
export type CodeCount = Immutable<z.infer<typeof codeCountSchema>>;
export type QuestionCounts = Immutable<z.infer<typeof questionCountsSchema>>;
/** A `CodeCount` over many questions. */
export type FailureCount = NonNullable<QuestionCounts['failures']>[number];
/** An error of one attempt at a request, kept in the message that finally succeeded or in the fatal error. */
export type ValidationError = RecordedError;
export type MatchDetail = Immutable<z.infer<typeof matchDetail>>;
export type AnswerMatchInfo = Immutable<z.infer<typeof answerMatchInfo>>;
export type FailedAttempt = Immutable<z.infer<typeof failedAttempt>>;
export type CallRecord = Immutable<z.infer<typeof callRecord>>;
export type Message = Immutable<z.infer<typeof message>>;
export type MessageMetadata = Message['message_metadata'];
/** An agent's answer as other agents and the analysis see it. Other roles add fields of their own. */
export type StructuredResponse = Message['structured_response'];
export type Transcript = Immutable<z.infer<typeof transcriptSchema>>;
export type ConversationRound = Transcript['conversation_rounds'][number];
export type ConversationSummary = Transcript['conversation_summary'];
export type ConversationStatus = ConversationSummary['status'];
export type FailedAttemptTotals = NonNullable<ConversationSummary['failed_attempts']>;
export type TokenMetrics = ConversationSummary['token_metrics'];
export type TokenTotals = TokenMetrics['prompt_tokens'];
export type TranscriptProvenance = NonNullable<Transcript['provenance']>;
