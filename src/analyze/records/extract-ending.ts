import {RATIONALE_PLACEHOLDER} from '../../conversation/prompt/prompt.ts';
import {CONVERSATION_OUTCOMES, type ConversationOutcome} from '../../core/conversation-outcome.ts';
import type {Question} from '../../questions/question.ts';
import type {ConversationSummary, FailedAttempt, Message, Transcript} from '../../record/formats.ts';
import type {AgentReplies, Ending} from '../metrics/endings.ts';

/** Returns a conversation's end and counts of its participants' replies. @param agentIds the config's order. */
export function extractEnding(transcript: Transcript, question: Question, agentIds: readonly string[]): Ending {
  const {conversation_summary: summary} = transcript;
  const outcome = conversationOutcome(summary);
  return {
    question,
    outcome,
    endedBy: outcome === 'succeeded' ? null : findFailedAgent(summary),
    replies: summariseReplies(transcript, agentIds),
  };
}

/** Returns the recorded outcome; in records older than that field, their error codes imply it. */
function conversationOutcome(summary: ConversationSummary): ConversationOutcome {
  const {outcome, status} = summary;
  if (outcome !== undefined && CONVERSATION_OUTCOMES.includes(outcome)) return outcome;
  if (status === 'succeeded') return 'succeeded';
  const code = lastCode(summary);
  return OUTCOME_OF_CODE[code] ?? (SERVER_CODE.test(code) ? 'server' : 'unusable');
}

const OUTCOME_OF_CODE: Readonly<Record<string, ConversationOutcome>> = {
  MAX_LENGTH_EXCEEDED: 'cut',
  CONTEXT_FULL: 'context-full',
  PROMPT_TRUNCATED: 'prompt-truncated',
  CONTENT_FILTERED: 'filtered',
  MODEL_REFUSED: 'refused',
  REPLY_INTERRUPTED: 'server',
  UNEXPECTED_ERROR: 'server',
};

/** Of requests that got no reply, and of the engines of the older system. */
const SERVER_CODE = /^(?:VLLM|OLLAMA|API|DEPENDENCY)_/;

/** "Retries exceeded" is no reason in itself: the last attempt's error is. */
function lastCode({error_info: error, failed_turn: turn}: ConversationSummary): string {
  if (error?.error_code !== undefined && error.error_code !== 'MAX_RETRIES_EXCEEDED') return error.error_code;
  const attempts = turn?.failed_attempts ?? asAttempts(error?.details['validation_errors']);
  return attempts.at(-1)?.error_code ?? '';
}

/** Records from elsewhere may hold anything. */
function asAttempts(value: unknown): readonly Partial<FailedAttempt>[] {
  return Array.isArray(value) ? (value as Partial<FailedAttempt>[]) : [];
}

function findFailedAgent({error_info: error, failed_turn: turn}: ConversationSummary): string | null {
  const named = turn?.agent_id ?? error?.details['agent_id'];
  return typeof named === 'string' ? named : null;
}

const PLACEHOLDER_REFUSED = 'PLACEHOLDER_RATIONALE';

/** Only participants' replies: other roles have other templates. */
function summariseReplies(transcript: Transcript, agentIds: readonly string[]): AgentReplies[] {
  const {conversation_rounds: rounds, conversation_summary: summary} = transcript;
  const messages = rounds
    .flatMap(round => round.messages)
    .filter(({structured_response: said}) => said.response_type === 'participant');
  const turn = summary.failed_turn;
  const place = (id: string): number => (agentIds.includes(id) ? agentIds.indexOf(id) : agentIds.length);
  const ids = [...new Set([...messages.map(({agent_id: id}) => id), ...(turn ? [turn.agent_id] : [])])];
  return ids
    .sort((a, b) => place(a) - place(b))
    .map(agentId => {
      const own = messages.filter(({agent_id: id}) => id === agentId);
      const attempts = own.flatMap(message => readCall(message)?.failed_attempts ?? []);
      const last = turn?.agent_id === agentId ? turn.failed_attempts : [];
      return {
        agentId,
        messages: own.length,
        placeholders: own.filter(hasPlaceholder).length,
        placeholdersRefused: countRefusedPlaceholders([...attempts, ...last]),
        ...summariseThoughts(own),
      };
    });
}

function summariseThoughts(messages: readonly Message[]): Pick<AgentReplies, 'thoughts'> {
  const tokens = messages.flatMap(message => readCall(message)?.reasoning_tokens ?? []);
  if (tokens.length === 0) return {};
  return {thoughts: {messages: tokens.length, tokens: tokens.reduce((sum, each) => sum + each, 0)}};
}

function countRefusedPlaceholders(attempts: readonly Partial<FailedAttempt>[]): number {
  return attempts.filter(({error_code: code}) => code === PLACEHOLDER_REFUSED).length;
}

/** The older system's messages, and those from elsewhere, have no record of the call. */
function readCall({message_metadata: metadata}: Message): Message['message_metadata']['call'] {
  return (metadata as Partial<Message['message_metadata']> | undefined)?.call;
}

/** Marked where it was accepted; records from before that are known by the text. */
function hasPlaceholder(message: Message): boolean {
  if (readCall(message)?.placeholder === true) return true;
  const {rationale} = message.structured_response;
  return typeof rationale === 'string' && normaliseText(rationale) === normaliseText(RATIONALE_PLACEHOLDER);
}

function normaliseText(text: string): string {
  return text
    .trim()
    .replace(/[."]+$/, '')
    .toLowerCase();
}
