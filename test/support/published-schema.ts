import {z} from 'zod';

import {questionSchema} from '../../src/questions/question-schema.ts';

/**
 * The schema 2025-12-10 that the older system published for its records (it never applied it, and its own failed,
 * anonymous and debug transcripts and all its index lines break it). What we write is described in docs/formats.md.
 */
const agentId = z.string().regex(/^spkr_\d{3}$/);
const messageId = z.string().regex(/^msg_\d+_\d{3}$/);
const role = z.enum(['participant', 'judge', 'moderator', 'devils_advocate']);
const count = z.int().min(0);
const text = z.string().min(1);

const agent = z.strictObject({
  agent_id: agentId,
  role,
  persona: z.string().nullable(),
  demographics: z.string().nullable(),
  if_as_human: z.boolean(),
  model: z.string(),
  temperature: z.number().min(0).max(2),
  max_tokens: z.int().min(1),
});

const spoken = {
  rationale: text,
  confidence: z.number().min(0).max(1).optional(),
  references: z.array(messageId).optional(),
};

const structuredOutput = z.discriminatedUnion('response_type', [
  z.strictObject({response_type: z.literal('participant'), ...spoken, opinion: text}),
  z.strictObject({
    response_type: z.literal('judge'),
    ...spoken,
    verdict: text,
    evaluations: z.record(agentId, z.string()).optional(),
  }),
  z.strictObject({
    response_type: z.literal('moderator'),
    ...spoken,
    summary: text,
    consensus_level: z.number().min(0).max(1).optional(),
  }),
  z.strictObject({response_type: z.literal('devils_advocate'), ...spoken, challenge: text, target_position: text}),
]);

const message = z.strictObject({
  message_id: messageId,
  agent_id: agentId,
  agent_role: role,
  round_id: count,
  agent_identity_display: z.string().optional(),
  structured_response: structuredOutput,
  visible_to: z.array(agentId),
  message_metadata: z.strictObject({
    retry_count: count,
    prompt_tokens: count,
    response_tokens: count,
    prompt: z.string().optional(),
    answer_match_info: z.unknown().optional(),
    matched_answer_text: z.string().optional(),
    validation_errors: z.array(z.unknown()).optional(),
  }),
});

const identityReveal = z.strictObject({
  reveal_persona: z.boolean(),
  reveal_demographics: z.boolean(),
  reveal_presence_mode: z.boolean(),
});

const promptTemplate = z.strictObject({
  for_participant: z.strictObject({
    choice_display_format: z.enum([
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
    ]),
    json_field_order: z.enum(['answer_first', 'rationale_first']),
  }),
});

const conversationConfig = z.strictObject({routing_strategy: z.string(), max_rounds: z.int().min(1)});

const retryConfig = z.strictObject({
  max_retries: count,
  answer_match_threshold: z.number().min(0).max(1),
  retry_on_validation_error: z.boolean(),
  retry_on_generation_error: z.boolean(),
});

const tokenTotals = z.strictObject({total: z.number(), avg: z.number(), max: z.number()});

const conversation = z.strictObject({
  transcript_id: z.string(),
  protocol_version: z.string(),
  experiment_metadata: z.strictObject({
    experiment_name: z.string(),
    benchmark_subcategory: z.string(),
    config_snapshot_path: z.string(),
    submission_timestamp: z.string(),
    execution_timestamp: z.string(),
    job_task_id: z.string(),
    question_id: z.string(),
  }),
  conversation_rounds: z.array(z.object({round_id: count, messages: z.array(message)})),
  conversation_summary: z.strictObject({
    total_rounds: count,
    total_messages: count,
    status: z.enum(['succeeded', 'partial', 'failed']),
    final_answers: z.record(z.string(), z.string().nullable()),
    consensus_reached: z.boolean().nullable(),
    token_metrics: z.strictObject({
      total_messages: count,
      prompt_tokens: tokenTotals,
      response_tokens: tokenTotals,
      combined_tokens: tokenTotals,
    }),
    retry_statistics: z.strictObject({
      total_retry_attempts: count,
      messages_requiring_retries: count,
      validation_errors_summary: z.array(z.strictObject({error: z.string(), count})),
    }),
  }),
  created_at: z.string(),
  question: questionSchema.optional(),
  conversation_config: conversationConfig.optional(),
  retry_config: retryConfig.optional(),
  identity_reveal_config: identityReveal.optional(),
  agent_definitions: z.array(agent).optional(),
});

const metadata = z.strictObject({
  question_id: z.string(),
  job_task_id: z.string(),
  config_snapshot_path: z.string(),
  transcript_path: z.string(),
  transcript_id: z.string(),
  experiment_name: z.string(),
  benchmark_subcategory: z.string(),
  submission_timestamp: z.string(),
  execution_timestamp: z.string(),
  protocol_version: z.string(),
  status: z.enum(['succeeded', 'partial', 'failed']),
  total_rounds_completed: count,
  routing_strategy: z.string(),
  identity_reveal_config: identityReveal,
  n_agents: count,
  agents: z.array(agent),
  consensus_reached: z.boolean().nullable(),
  retry_attempts: count,
});

/** By the names under which the older system's validator knows them. */
export const PUBLISHED_SCHEMAS = {
  question: questionSchema,
  agent,
  structured_output: structuredOutput,
  message,
  identity_reveal_settings: identityReveal,
  prompt_template_config: promptTemplate,
  conversation_config: conversationConfig,
  retry_config: retryConfig,
  conversation,
  metadata,
} as const;
