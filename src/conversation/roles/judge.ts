import {discussionLine} from '../prompt/discussion-line.ts';
import {answerSpecification} from '../prompt/prompt.ts';
import {choiceSchema, interpretAnswer, objectSchema, renderTemplate, type Role} from './role.ts';

/** Weighs what was said and gives a verdict, which names one of the choices like an answer does. */
export const judge: Role = {
  name: 'judge',
  answerField: ['verdict', 'answer'],
  template: question =>
    renderTemplate({
      verdict: answerSpecification(question),
      rationale: '"Why the discussion and the question lead to this verdict, in clear and concise sentences."',
    }),
  answerSchema: question => objectSchema({verdict: choiceSchema(question), rationale: {type: 'string'}}),
  interpret: (fields, context) => {
    // Models that have seen the participants' form say "answer"; it means the same.
    const answer = fields['verdict'] ?? fields['answer'];
    const {evaluations} = fields;
    return interpretAnswer(fields, answer, context, (verdict, rationale) => ({
      response_type: 'judge',
      rationale,
      verdict,
      ...(isMapping(evaluations) ? {evaluations} : {}),
    }));
  },
  line: (message, question, withRationale) => {
    // Others read the wording, not the letter.
    const {matched_answer_text: matched} = message.message_metadata;
    if (!matched) return discussionLine(message, question, withRationale);
    const response = {...message.structured_response, verdict: matched};
    return discussionLine({...message, structured_response: response}, question, withRationale);
  },
};

function isMapping(value: unknown): boolean {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
