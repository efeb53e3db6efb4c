/**
 * The ways in which a conversation can end. All but `succeeded` say why there is no full set of answers;
 * docs/formats.md defines each.
 *
 * `succeeded`: every agent answered in every round · `refused`: the model declined to answer · `filtered`: a content
 * filter or moderation stopped the prompt or the reply · `unusable`: replies came, but none could be read as an answer
 * · `context-full`: prompt and reply do not fit into the context · `prompt-truncated`: the server dropped a part of the
 * prompt, so the model never saw the whole question · `cut`: replies ended at max_tokens · `server`: no reply for the
 * server's reasons.
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

/** The outcomes that a retry can undo, in the order in which they are listed. */
export const FAILED_OUTCOMES: readonly FailedOutcome[] = CONVERSATION_OUTCOMES.filter(
  (outcome): outcome is FailedOutcome => outcome !== 'succeeded',
);

/**
 * The outcomes whose questions `mac resume` asks again unless the config says otherwise. The others are final: a
 * refusal and a filtered prompt are data, and asking again would cost money without changing them.
 */
export const DEFAULT_RETRY_OUTCOMES: readonly FailedOutcome[] = [
  'unusable',
  'context-full',
  'prompt-truncated',
  'cut',
  'server',
];

/** Conversations by how they ended; outcomes that none had are absent. */
export type OutcomeCounts = Readonly<Partial<Record<FailedOutcome, number>>>;

/** Tells whether a question that ended so is done, or is asked again. */
export type IsFinal = (outcome: ConversationOutcome) => boolean;

/**
 * Returns which outcomes a task's config counts as final. The older system asked everything again that had not
 * succeeded.
 */
export function makeIsFinal(config: {
  readonly retry_config: {readonly retry_outcomes?: readonly FailedOutcome[]};
  readonly compatibility?: 'default' | 'reference' | undefined;
}): IsFinal {
  const fallback = config.compatibility === 'reference' ? FAILED_OUTCOMES : DEFAULT_RETRY_OUTCOMES;
  const again: ReadonlySet<ConversationOutcome> = new Set(config.retry_config.retry_outcomes ?? fallback);
  return outcome => !again.has(outcome);
}

/** Counts outcomes, in their listed order; successes are not counted. */
export function countOutcomes(outcomes: Iterable<ConversationOutcome>): OutcomeCounts {
  const counts = new Map<ConversationOutcome, number>();
  for (const outcome of outcomes) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  return Object.fromEntries(FAILED_OUTCOMES.flatMap(each => (counts.has(each) ? [[each, counts.get(each)]] : [])));
}

/** Adds counts up. */
export function sumOutcomes(all: Iterable<OutcomeCounts | undefined>): OutcomeCounts {
  const sum: Partial<Record<FailedOutcome, number>> = {};
  for (const counts of all) {
    for (const outcome of FAILED_OUTCOMES) {
      const count = counts?.[outcome] ?? 0;
      if (count > 0) sum[outcome] = (sum[outcome] ?? 0) + count;
    }
  }
  return sum;
}

/** Describes counts in words: `2 filtered, 1 refused`; empty when there are none. */
export function describeOutcomes(counts: OutcomeCounts): string {
  return FAILED_OUTCOMES.flatMap(each => (counts[each] ? [`${counts[each]} ${each}`] : [])).join(', ');
}

/** Counts the conversations that did not succeed. */
export function countFailed(counts: OutcomeCounts): number {
  return FAILED_OUTCOMES.reduce((sum, each) => sum + (counts[each] ?? 0), 0);
}
