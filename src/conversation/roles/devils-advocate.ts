import {asText, describeSpeaker, missingTexts, objectSchema, renderTemplate, type Role} from './role.ts';

/** Argues against a position that the others hold. */
export const devilsAdvocate: Role = {
  name: 'devils_advocate',
  answerField: ['challenge', 'target_position'],
  template: () =>
    renderTemplate({
      target_position: '"The position that you challenge, in its own wording."',
      challenge: '"The strongest argument against it."',
      rationale: '"Why this challenge matters, in clear and concise sentences."',
    }),
  answerSchema: () =>
    objectSchema({
      target_position: {type: 'string'},
      challenge: {type: 'string'},
      rationale: {type: 'string'},
    }),
  interpret: fields => {
    const complaint = missingTexts(fields, ['target_position', 'challenge', 'rationale']);
    if (complaint) return complaint;
    return {
      kind: 'accepted',
      response: {
        response_type: 'devils_advocate',
        rationale: fields['rationale'],
        challenge: fields['challenge'],
        target_position: fields['target_position'],
      },
      matchedText: null,
      matchInfo: null,
    };
  },
  line: message => {
    const {target_position: target, challenge} = message.structured_response;
    return `${describeSpeaker(message)}: Challenging '${asText(target)}': ${asText(challenge)}`;
  },
  docs: {
    askedFor: '`target_position`, `challenge`, `rationale`',
    countsAsAnswer: 'both not empty',
    othersRead: "`Challenging '…': …`",
  },
};
