import {ROLES} from '../../conversation/roles/registry.ts';
import type {AgentDefinition} from '../../core/task-config.ts';
import type {Choice} from '../../questions/question.ts';
import type {FailedAttempt, Message, Transcript} from '../../record/formats.ts';
import {resolveModelName} from '../select/columns.ts';
import {findBenchmark} from '../metrics/benchmarks.ts';
import {discrimEval, findYesChoice} from '../metrics/discrim-eval/discrim-eval.ts';
import {boolean, integer, number, text, defineTable} from './table.ts';
import {
  answerRole,
  readCall,
  inSeconds,
  isCorrect,
  messageMetadata,
  resolveTranscriptId,
  type ConversationSource,
} from './conversations-table.ts';

export interface MessageSource {
  readonly conversation: ConversationSource & {readonly transcript: Transcript};
  readonly message: Message;
  /** The round by its number in the transcript. */
  readonly round: number;
  /** Of the config; null when it does not name the agent. */
  readonly agent: AgentDefinition | null;
  readonly seat: number | null;
  /** The participant's answer: a choice that was there; null for anything else and for other roles. */
  readonly opinion: string | null;
}

export const messagesTable = defineTable<MessageSource>({
  name: 'messages',
  meaning: 'what one agent said in one completed round',
  key: ['transcript_id', 'round', 'agent_id'],
  columns: {
    task_id: text('its task', ({conversation}) => conversation.task.id),
    transcript_id: text('its conversation', ({conversation}) => resolveTranscriptId(conversation)),
    questions_file: text(
      'with question_id the key of its question',
      ({conversation}) => conversation.task.config.experiment_metadata.questions_file,
    ),
    question_id: text('its question', ({conversation}) => conversation.reference.questionId),
    conversation_status: text(
      'succeeded or partial',
      ({conversation}) => conversation.transcript.conversation_summary.status,
    ),
    round: integer('from 0, before anybody has seen an answer', ({round}) => round),
    is_last_round: boolean(
      'whether it is the last completed one',
      ({conversation, round}) => round === conversation.transcript.conversation_rounds.length - 1,
    ),
    seat: integer('place among the agents of the task, from 0', ({seat}) => seat),
    agent_id: text('who speaks', ({message}) => message.agent_id),
    agent_role: text(Object.keys(ROLES).join(', '), ({message}) => message.agent_role),
    response_type: text(
      "the form of the answer; only a participant's is an opinion that is scored",
      ({message}) => message.structured_response.response_type,
    ),
    persona: text('of the agent', ({agent}) => agent?.persona),
    demographics: text('of the agent', ({agent}) => agent?.demographics),
    as_human: boolean('whether it speaks as a human', ({agent}) => agent?.if_as_human),
    identity_displayed: text(
      'how the others saw it; null when it was anonymous',
      ({message}) => message.agent_identity_display,
    ),
    opinion: text("a participant's choice; null when it is none of the choices", ({opinion}) => opinion),
    opinion_raw: text('the answer as recorded, whatever it is', ({message}) => message.structured_response.opinion),
    opinion_text: text(
      'text of the choice',
      ({conversation, opinion}) => listChoices(conversation).find(({id}) => id === opinion)?.text,
    ),
    is_valid: boolean('participants: whether the answer names a choice', source =>
      isParticipant(source.message) ? source.opinion !== null : null,
    ),
    is_correct: boolean(
      'whether it is right; null when it is not valid or nothing is right (DiscrimEval)',
      ({conversation, opinion}) => isCorrect(conversation.question, opinion),
    ),
    answer_role: text('BBQ: biased, counter or unknown', ({conversation, opinion}) =>
      answerRole(conversation.question, opinion),
    ),
    yes: integer('DiscrimEval: 1 for the favourable decision, 0 for the other', yesNo),
    rationale: text('the reasons given', ({message}) => message.structured_response.rationale),
    other_fields_json: text('JSON of what other roles say: verdict, summary, challenge, …', otherFields),
    visible_to_count: integer(
      'other agents that see it',
      ({message}) => message.visible_to.filter(id => id !== message.agent_id).length,
    ),
    attempt_count: integer('requests until it was usable', ({message}) => countAttempts(message)),
    failed_attempt_codes: text("why earlier replies were not usable, joined by ','", ({message}) =>
      joinErrorCodes(message),
    ),
    tokens_prompt: integer('of the call that counts', ({message}) => messageMetadata(message).prompt_tokens, 'tokens'),
    tokens_completion: integer(
      'of the call that counts',
      ({message}) => messageMetadata(message).response_tokens,
      'tokens',
    ),
    tokens_reasoning: integer(
      'of these for reasoning, where the server says so',
      ({message}) => readCall(message)?.reasoning_tokens,
      'tokens',
    ),
    reasoning_length: integer(
      "characters of the model's thoughts, where recorded",
      ({message}) => readCall(message)?.reasoning_text?.length,
      'characters',
    ),
    tokens_prompt_failed: integer(
      'of earlier replies, where recorded',
      ({message}) => sumFailedAttempts(message, each => each.prompt_tokens),
      'tokens',
    ),
    tokens_completion_failed: integer(
      'of earlier replies, where recorded',
      ({message}) => sumFailedAttempts(message, each => each.response_tokens),
      'tokens',
    ),
    latency_s: number(
      'of the call that counts, where recorded',
      ({message}) => seconds(readCall(message)?.latency_ms),
      's',
    ),
    latency_failed_s: number(
      'of earlier replies, where recorded',
      ({message}) => seconds(sumFailedAttempts(message, each => each.latency_ms)),
      's',
    ),
    finish_reason: text('as the server says, where recorded', ({message}) => readCall(message)?.finish_reason),
    is_json_repaired: boolean('whether the reply had to be repaired, where recorded', ({message}) => {
      const call = readCall(message);
      return call && call.json_repaired === true;
    }),
    model: text('key in `model_definitions`', ({agent}) => agent?.model),
    model_name: text(
      'name of the model',
      ({conversation, agent}) => agent && resolveModelName(conversation.task.config, agent.model),
    ),
    served_model: text("the server's name for it, where recorded", ({message}) => readCall(message)?.served_model),
    backend: text('which backend answered, where recorded', ({message}) => readCall(message)?.backend),
  },
});

export function isParticipant({structured_response: said}: Message): boolean {
  return said.response_type === 'participant';
}

/** The choices that were there: as recorded, else as the question has them. */
export function listChoices({question, transcript}: ConversationSource): readonly Choice[] {
  return question?.choices ?? transcript?.provenance?.choices ?? [];
}

function yesNo({conversation: {question}, opinion}: MessageSource): number | null {
  if (!question || opinion === null || findBenchmark(question) !== discrimEval) return null;
  return opinion === findYesChoice(question) ? 1 : 0;
}

function otherFields({message}: MessageSource): unknown {
  const {response_type: _type, rationale: _rationale, opinion: _opinion, ...others} = message.structured_response;
  return Object.keys(others).length > 0 ? others : null;
}

function countAttempts(message: Message): number | null {
  const retries = messageMetadata(message).retry_count;
  return retries === undefined ? null : retries + 1;
}

function joinErrorCodes(message: Message): string | null {
  const codes = (messageMetadata(message).validation_errors ?? []).map(error => error.error_code);
  return codes.length > 0 ? codes.join(',') : null;
}

/** Null where calls are not recorded: zero would be a claim. */
function sumFailedAttempts(message: Message, getValue: (attempt: FailedAttempt) => number): number | null {
  const call = readCall(message);
  return call ? (call.failed_attempts ?? []).reduce((sum, attempt) => sum + getValue(attempt), 0) : null;
}

function seconds(ms: number | null | undefined): number | null {
  return typeof ms === 'number' ? inSeconds(ms) : null;
}
