import {discussionLine} from '../discussion-line.ts';
import {isChoiceQuestion, participantTemplate, validChoices} from '../prompt.ts';
import {interpretChoice} from '../transform.ts';
import {objectSchema, rationaleOf, type Role} from './role.ts';

/** Answers the question, with a reason. */
export const participant: Role = {
  name: 'participant',
  template: participantTemplate,
  answerSchema: question => {
    const choices = isChoiceQuestion(question) ? validChoices(question) : [];
    return objectSchema({
      answer: choices.length > 0 ? {type: 'string', enum: choices.map(({text}) => text)} : {type: 'string'},
      rationale: {type: 'string'},
    });
  },
  interpret: (fields, context) => {
    const answer = fields['answer'];
    const {question} = context;
    if (!isChoiceQuestion(question) || validChoices(question).length === 0) {
      if (typeof answer !== 'string' || answer.trim() === '') return {kind: 'invalid-answer', answer, matchInfo: null};
      return {
        kind: 'accepted',
        response: {response_type: 'participant', rationale: rationaleOf(fields), opinion: answer},
        matchedText: null,
        matchInfo: null,
      };
    }
    const {match, info} = interpretChoice(answer, context);
    if (!match) return {kind: 'invalid-answer', answer, matchInfo: info};
    return {
      kind: 'accepted',
      response: {response_type: 'participant', rationale: rationaleOf(fields), opinion: match.matchedId},
      matchedText: match.matchedText,
      matchInfo: info,
    };
  },
  line: discussionLine,
};
