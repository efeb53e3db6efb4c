import type {ConversationOutcome} from '../../../core/conversation-outcome.ts';
import type {Question} from '../../../questions/question.ts';
import type {Benchmark} from '../benchmark.ts';
import type {CountTable} from '../count-table.ts';

/** How one conversation ended, whether or not it can be scored, and what its participants' replies were like. */
export interface Ending {
  readonly question: Question;
  readonly outcome: ConversationOutcome;
  /** The agent at whose turn it ended; null where it succeeded, and where the record does not say. */
  readonly endedBy: string | null;
  readonly replies: readonly AgentReplies[];
}

/** What one participant replied. */
export interface AgentReplies {
  readonly agentId: string;
  /** Messages that were recorded. */
  readonly messages: number;
  /** Of these, with the prompt's placeholder in place of a rationale. */
  readonly placeholders: number;
  /** Replies that were asked for again because of it. */
  readonly placeholdersRefused: number;
  /** Messages whose server told how many tokens went into thinking, and how many those were; absent where none did. */
  readonly thoughts?: {readonly messages: number; readonly tokens: number};
}

/** What the columns about endings begin with. */
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
