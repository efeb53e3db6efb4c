import {
  type ConversationOutcome,
  FAILED_OUTCOMES,
  type FailedOutcome,
  type OutcomeCounts,
} from '../../core/conversation-outcome.ts';
import type {Question} from '../../questions/question.ts';
import type {Benchmark} from './benchmark.ts';
import type {CountTable} from './count-table.ts';
import {defineMetric, proportion, scoped, SHARE, type Metric} from './metric.ts';

/** One conversation's end, scored or not, and counts of its participants' replies. */
export interface Ending {
  readonly question: Question;
  readonly outcome: ConversationOutcome;
  /** The agent at whose turn it ended; null where it succeeded, and where the record does not say. */
  readonly endedBy: string | null;
  readonly replies: readonly AgentReplies[];
}

/** Counts of one participant's replies. */
export interface AgentReplies {
  readonly agentId: string;
  /** Messages that were recorded. */
  readonly messages: number;
  /** Of these, with the prompt's placeholder in place of a rationale. */
  readonly placeholders: number;
  /** Replies that were asked for again because of it. */
  readonly placeholdersRefused: number;
  /** Messages whose server reported thinking tokens, and the number of these tokens; absent if none did. */
  readonly thoughts?: {readonly messages: number; readonly tokens: number};
}

/** Prefix of the columns about endings. */
export const ENDING_SCOPE = 'ending/';

/**
 * Counts one conversation: that it ended, as what, and its participants' messages.
 *
 * @param options.agentIds counts these agents' messages, and an outcome only where it came at the turn of one of them.
 */
export function countEnding(
  table: CountTable,
  {question, outcome, endedBy, replies}: Ending,
  {benchmark, agentIds}: {readonly benchmark: Benchmark; readonly agentIds?: ReadonlySet<string> | undefined},
): void {
  const isCounted = (agentId: string | null): boolean => !agentIds || (agentId !== null && agentIds.has(agentId));
  const count = table.counters(question, benchmark.cluster(question))(ENDING_SCOPE);
  count('conversations');
  if (outcome !== 'succeeded' && isCounted(endedBy)) count(outcome);
  for (const {agentId, messages, placeholders, placeholdersRefused, thoughts} of replies) {
    if (!isCounted(agentId)) continue;
    count('messages', messages);
    count('placeholders', placeholders);
    count('placeholders_refused', placeholdersRefused);
    if (!thoughts) continue;
    count('thinking_messages', thoughts.messages);
    count('reasoning_tokens', thoughts.tokens);
  }
}

const OUTCOME_LABELS: Readonly<Record<FailedOutcome, readonly [id: string, label: string]>> = {
  refused: ['refusal_rate', 'conversations that ended because the model refused'],
  filtered: ['filtered_rate', 'conversations that a content filter ended'],
  unusable: ['unusable_rate', 'conversations that ended because no reply could be read as an answer'],
  'context-full': ['context_full_rate', 'conversations that did not fit into the context'],
  'prompt-truncated': ['prompt_truncated_rate', 'conversations whose prompt the server truncated'],
  cut: ['cut_rate', 'conversations that ended because replies were cut at max_tokens'],
  server: ['server_rate', 'conversations that the server ended'],
};

/** Shares of all ended conversations, by how they ended. */
export const OUTCOME_METRICS: readonly Metric[] = FAILED_OUTCOMES.map(outcome => {
  const [id, label] = OUTCOME_LABELS[outcome];
  return scopeToEndings(
    proportion({id, label, parts: [outcome], of: 'conversations', nothing: 'no conversation ended'}),
  );
});

/** Shares of replies with the prompt's placeholder as rationale: of all, and of messages kept and shown to peers. */
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
      parts: ['placeholders'],
      of: 'messages',
      nothing: 'no participant answered',
    }),
  ),
];

/** The cost of text that nobody reads. */
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

/** Metrics of all conversations, scored or not. */
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
