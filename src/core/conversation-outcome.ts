/**
 * How a conversation can end. All but `succeeded` say why there is no full set of answers; docs/formats.md defines each.
 *
 * `succeeded`: every agent answered in every round · `refused`: the model declined to answer · `filtered`: a content filter or moderation stopped the
 * prompt or the reply · `unusable`: replies came, but none could be read as an answer · `context-full`: prompt and reply do not fit into the context ·
 * `prompt-truncated`: the server dropped a part of the prompt, so the model never saw the whole question · `cut`: replies ended at max_tokens ·
 * `server`: no reply for the server's reasons.
 */
export const CONVERSATION_OUTCOMES = [
  'succeeded',
  'refused',
  'filtered',
  'unusable',
  'context-full',
  'prompt-truncated',
  'cut',
  'server',
] as const;

export type ConversationOutcome = (typeof CONVERSATION_OUTCOMES)[number];

/** An outcome without a full set of answers. */
export type FailedOutcome = Exclude<ConversationOutcome, 'succeeded'>;
