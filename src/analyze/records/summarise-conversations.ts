import {isUnreadable, type RecordedConversation} from './conversation.ts';
import {Problems, type Problem} from './problems.ts';

/** Facts about a task's conversations that need no look at each. */
export interface ConversationsSummary {
  /** Transcripts that were missing or corrupt. */
  readonly unreadable: number;
  /** Those that can be scored. */
  readonly used: number;
  /** Problems in the order of the index. */
  readonly problems: readonly Problem[];
}

export function summariseConversations(
  conversations: readonly RecordedConversation[],
  taskId: string,
): ConversationsSummary {
  return {
    unreadable: conversations.filter(isUnreadable).length,
    used: conversations.filter(({discussion}) => discussion !== null).length,
    problems: collectProblems(conversations, taskId),
  };
}

function collectProblems(conversations: readonly RecordedConversation[], taskId: string): Problem[] {
  const problems = new Problems();
  const versions = new Set<string>();
  for (const {schemaVersion, name, leftOut, hasOtherQuestions, discussion} of conversations) {
    if (schemaVersion !== null && !versions.has(schemaVersion)) {
      if (versions.size > 0) problems.add('schema-versions-mixed', `${schemaVersion} in ${taskId}`);
      versions.add(schemaVersion);
    }
    if (hasOtherQuestions) problems.add('questions-changed', name);
    if (leftOut) problems.add(leftOut.kind, leftOut.example);
    if (discussion?.seats.length === 1) problems.add('one-agent-conversation', name);
    discussion?.answers.forEach((round, i) =>
      round.forEach((answer, seat) => {
        if (answer === null)
          problems.add('answer-matches-no-choice', `${discussion.seats[seat]?.agentId}, round ${i}: ${name}`);
      }),
    );
  }
  return problems.list();
}
