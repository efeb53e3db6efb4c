import {discussionLine} from '../prompt/discussion-line.ts';
import {participantTemplate} from '../prompt/prompt.ts';
import {choiceSchema, interpretAnswer, objectSchema, type Role} from './role.ts';

/** Answers the question, with a reason. */
export const participant: Role = {
  name: 'participant',
  answerField: ['answer'],
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
  line: discussionLine,
};
