import {pythonStr} from '../../core/python/python-str.ts';
import type {Message} from '../../record/formats.ts';
import type {Question} from '../../questions/question.ts';

/** Who said it, as the reader sees them: the id, and the identity as far as it is revealed. */
export function describeSpeaker(message: Message): string {
  const {agent_id, agent_identity_display: identity} = message;
  return identity === null ? agent_id : `${agent_id} (${identity})`;
}

/** A participant's message in the "Previous discussion" of another agent's prompt. */
function participantLine(message: Message, question: Question, withRationale: boolean): string {
  const {rationale} = message.structured_response;
  const said = `- ${describeSpeaker(message)}'s answer to the question is "${answerText(message, question)}"`;
  return withRationale ? `${said} and the reason is that: ${asText(rationale)}` : `${said}.`;
}

/** The text of the choice that a message settled on; else its opinion as it stands; `?` when it has none. */
function answerText(message: Message, question: Question): string {
  const {matched_answer_text: matched} = message.message_metadata;
  if (matched) return matched;
  const {opinion} = message.structured_response;
  const choice = question.choices.find(({id}) => id === opinion);
  return choice?.text ?? (opinion === undefined ? '?' : asText(opinion));
}

/** Other roles' messages: what they said under their own names, with `?` or nothing where it is missing. */
function describeOther(message: Message, withRationale: boolean): string {
  const who = describeSpeaker(message);
  const said = message.structured_response;
  switch (said.response_type) {
    case 'judge':
      return `${who}: Verdict: ${asText(said['verdict'] ?? '?')}.${withRationale ? ` ${asText(said.rationale)}` : ''}`;
    case 'moderator':
      return `${who}: ${asText(said['summary'])}`;
    case 'devils_advocate':
      return `${who}: Challenging '${asText(said['target_position'])}': ${asText(said['challenge'])}`;
    default:
      return `${who}: [Response type: ${said.response_type || 'unknown'}]`;
  }
}

/** One line of the discussion; without the reasons behind an answer or a verdict if they are not to be seen. */
export function discussionLine(message: Message, question: Question, withRationale = true): string {
  return message.structured_response.response_type === 'participant'
    ? participantLine(message, question, withRationale)
    : describeOther(message, withRationale);
}

/** The thoughts behind a message, marked as such; empty where there are none. */
export function thoughtsLine(message: Message): string {
  const {call} = message.message_metadata;
  return call?.reasoning_text === undefined
    ? ''
    : `\n  [thoughts of ${message.agent_id}, not said aloud: ${call.reasoning_text}]`;
}

/**
 * Absent: nothing. Null and other values print as the older system's language prints them, since prompts must stay
 * comparable.
 */
function asText(value: unknown): string {
  return value === undefined ? '' : pythonStr(value);
}
