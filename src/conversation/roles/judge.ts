import {isMapping} from '../../core/mapping.ts';
import {answerSpecification} from '../prompt/prompt.ts';
import {
  asText,
  choiceSchema,
  describeSpeaker,
  interpretAnswer,
  objectSchema,
  renderTemplate,
  type Role,
} from './role.ts';

/** Weighs what was said and gives a verdict, which names one of the choices like an answer does. */
export const judge: Role = {
  name: 'judge',
  answerField: ['verdict', 'answer'],
  opinionKey: 'verdict',
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
  line: (message, _question, withRationale) => {
    const {rationale, verdict} = message.structured_response;
    const {matched_answer_text: matched} = message.message_metadata;
    // Others read the choice's wording, not its id. Only our judges name a choice; the older system's did not.
    const wording = matched && message.agent_role === 'judge' ? matched : asText(verdict ?? '?');
    return `${describeSpeaker(message)}: Verdict: ${wording}.${withRationale ? ` ${asText(rationale)}` : ''}`;
  },
  docs: {
    askedFor: '`verdict`, `rationale`',
    countsAsAnswer: 'the verdict names a choice',
    othersRead: '`Verdict: …` and the reason',
  },
};
