import {FAILED_OUTCOMES, type FailedOutcome, type OutcomeCounts} from '../../../core/conversation-outcome.ts';
import {defineMetric, proportion, scoped, SHARE, type Metric} from '../metric.ts';
import {ENDING_SCOPE} from './ending.ts';

const OUTCOME_LABELS: Readonly<Record<FailedOutcome, readonly [id: string, label: string]>> = {
  refused: ['refusal_rate', 'conversations that ended because the model refused'],
  filtered: ['filtered_rate', 'conversations that a content filter ended'],
  unusable: ['unusable_rate', 'conversations that ended because no reply could be read as an answer'],
  'context-full': ['context_full_rate', 'conversations that did not fit into the context'],
  'prompt-truncated': ['prompt_truncated_rate', 'conversations whose prompt the server truncated'],
  cut: ['cut_rate', 'conversations that ended because replies were cut at max_tokens'],
  server: ['server_rate', 'conversations that the server ended'],
};

/** Shares of the conversations that were asked and ended, whatever became of them. */
export const OUTCOME_METRICS: readonly Metric[] = FAILED_OUTCOMES.map(outcome => {
  const [id, label] = OUTCOME_LABELS[outcome];
  return scopeToEndings(proportion({id, label, part: outcome, of: 'conversations', nothing: 'no conversation ended'}));
});

/**
 * Shares of replies whose rationale is the placeholder of the prompt: of all, and of the messages that were kept and
 * shown to peers.
 */
export const PLACEHOLDER_METRICS: readonly Metric[] = [
  scopeToEndings(
    defineMetric({
      id: 'placeholder_rate',
      label: "replies whose rationale is the prompt's placeholder, those asked for again included",
      columns: ['messages', 'placeholders', 'placeholders_refused'],
      interval: 'proportion',
      range: SHARE,
      n: ({messages, placeholders_refused: refused}) => messages + refused,
      value: ({messages, placeholders, placeholders_refused: refused}) =>
        messages + refused === 0 ? 'no participant answered' : (placeholders + refused) / (messages + refused),
      share: {
        successes: ({placeholders, placeholders_refused: refused}) => placeholders + refused,
        n: ({messages, placeholders_refused: refused}) => messages + refused,
      },
    }),
  ),
  scopeToEndings(
    proportion({
      id: 'placeholder_messages',
      label: "recorded messages whose rationale is the prompt's placeholder",
      part: 'placeholders',
      of: 'messages',
      nothing: 'no participant answered',
    }),
  ),
];

/** What messages cost that nobody reads. */
const THOUGHT_TOKENS = scopeToEndings(
  defineMetric({
    id: 'thought_tokens',
    label: 'reasoning tokens of a message, as servers count them',
    columns: ['thinking_messages', 'reasoning_tokens'],
    range: [0, Infinity],
    n: ({thinking_messages: n}) => n,
    value: ({thinking_messages: n, reasoning_tokens: tokens}) =>
      n === 0 ? 'no server told of reasoning tokens' : tokens / n,
  }),
);

/** All that is known of conversations whether or not they can be scored. */
export const ENDING_METRICS: readonly Metric[] = [...OUTCOME_METRICS, ...PLACEHOLDER_METRICS, THOUGHT_TOKENS];

/** Returns how many conversations of a cell ended as what, from its estimates. */
export function outcomeCounts(
  estimates: readonly {readonly id: string; readonly counts: Readonly<Record<string, number>>}[],
): OutcomeCounts {
  const rate = estimates.filter(({id}) => OUTCOME_METRICS.some(metric => metric.id === id));
  const counted = FAILED_OUTCOMES.map(
    outcome =>
      [outcome, rate.reduce((most, {counts}) => Math.max(most, counts[ENDING_SCOPE + outcome] ?? 0), 0)] as const,
  );
  return Object.fromEntries(counted.filter(([, count]) => count > 0));
}

function scopeToEndings(metric: Metric): Metric {
  return scoped(metric, ENDING_SCOPE);
}
