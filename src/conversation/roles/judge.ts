import {discussionLine} from '../discussion-line.ts';
import {answerSpecification, isChoiceQuestion, validChoices} from '../prompt.ts';
import {interpretChoice} from '../transform.ts';
import {objectSchema, rationaleOf, renderTemplate, type Role} from './role.ts';

/** Weighs what was said and gives a verdict, which names one of the choices like an answer does. */
export const judge: Role = {
  name: 'judge',
  template: question =>
    renderTemplate({
      verdict: answerSpecification(question),
      rationale: '"Why the discussion and the question lead to this verdict, in clear and concise sentences."',
    }),
  answerSchema: question => {
    const choices = isChoiceQuestion(question) ? validChoices(question) : [];
    return objectSchema({
      verdict: choices.length > 0 ? {type: 'string', enum: choices.map(({text}) => text)} : {type: 'string'},
      rationale: {type: 'string'},
    });
  },
  interpret: (fields, context) => {
    // Models that have seen the participants' form say "answer"; it means the same.
    const verdict = fields['verdict'] ?? fields['answer'];
    const evaluations = fields['evaluations'];
    const extra = evaluations !== null && typeof evaluations === 'object' ? {evaluations} : {};
    const {question} = context;
    if (!isChoiceQuestion(question) || validChoices(question).length === 0) {
      if (typeof verdict !== 'string' || verdict.trim() === '')
        return {kind: 'invalid-answer', answer: verdict, matchInfo: null};
      return {
        kind: 'accepted',
        response: {response_type: 'judge', rationale: rationaleOf(fields), verdict, ...extra},
        matchedText: null,
        matchInfo: null,
      };
    }
    const {match, info} = interpretChoice(verdict, context);
    if (!match) return {kind: 'invalid-answer', answer: verdict, matchInfo: info};
    return {
      kind: 'accepted',
      response: {response_type: 'judge', rationale: rationaleOf(fields), verdict: match.matchedId, ...extra},
      matchedText: match.matchedText,
      matchInfo: info,
    };
  },
  line: (message, question) => {
    // Others read the wording, not the letter.
    const {matched_answer_text: matched} = message.message_metadata;
    if (!matched) return discussionLine(message, question);
    return discussionLine(
      {...message, structured_response: {...message.structured_response, verdict: matched}},
      question,
    );
  },
};
