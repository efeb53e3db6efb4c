import {discussionLine} from '../discussion-line.ts';
import {missingTexts, objectSchema, rationaleOf, renderTemplate, type Role} from './role.ts';

/** Argues against a position that the others hold. */
export const devilsAdvocate: Role = {
  name: 'devils_advocate',
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
    const missing = missingTexts(fields, ['target_position', 'challenge']);
    if (missing.length > 0) return {kind: 'invalid-field', message: `${missing.join(', ')}: expected a non-empty text`};
    return {
      kind: 'accepted',
      response: {
        response_type: 'devils_advocate',
        rationale: rationaleOf(fields),
        challenge: fields['challenge'],
        target_position: fields['target_position'],
      },
      matchedText: null,
      matchInfo: null,
    };
  },
  line: discussionLine,
};
