import type {Question} from '../../questions/question.ts';
import type {Message} from '../../record/formats.ts';
import {participantTemplate} from '../prompt/prompt.ts';
import {asText, choiceSchema, describeSpeaker, interpretAnswer, objectSchema, type Role} from './role.ts';

/** Answers the question and gives a reason. */
export const participant: Role = {
  name: 'participant',
  answerField: ['answer'],
  opinionKey: 'opinion',
  template: participantTemplate,
  answerSchema: (question, order) => {
    const answer = choiceSchema(question);
    const rationale = {type: 'string'};
    return objectSchema(order === 'answer_first' ? {answer, rationale} : {rationale, answer});
  },
  interpret: (fields, context) =>
    interpretAnswer(fields, fields['answer'], context, (opinion, rationale) => ({
      response_type: 'participant',
      rationale,
      opinion,
    })),
  line: (message, question, withRationale) => {
    const {rationale} = message.structured_response;
    const said = `- ${describeSpeaker(message)}'s answer to the question is "${answerText(message, question)}"`;
    return withRationale ? `${said} and the reason is that: ${asText(rationale)}` : `${said}.`;
  },
  docs: {
    askedFor: '`answer`, `rationale`',
    countsAsAnswer: 'the answer names a choice',
    othersRead: 'its answer and its reason',
  },
};

/** Returns the text of the choice that a message settled on; else its opinion as it is; `?` when it has none. */
function answerText(message: Message, question: Question): string {
  const {matched_answer_text: matched} = message.message_metadata;
  if (matched) return matched;
  const {opinion} = message.structured_response;
  const choice = question.choices.find(({id}) => id === opinion);
  return choice?.text ?? (opinion === undefined ? '?' : asText(opinion));
}
