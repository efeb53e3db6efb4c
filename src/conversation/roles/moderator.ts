import {asText, describeSpeaker, missingTexts, objectSchema, renderTemplate, type Role} from './role.ts';

/** Sums up the discussion without taking a side. */
export const moderator: Role = {
  name: 'moderator',
  answerField: ['summary'],
  template: () =>
    renderTemplate({
      summary: '"A neutral summary of the positions and of what speaks for each."',
      consensus_level: 'a number from 0 (all disagree) to 1 (all agree)',
      rationale: '"How you arrived at this summary, in clear and concise sentences."',
    }),
  answerSchema: () =>
    objectSchema({
      summary: {type: 'string'},
      consensus_level: {type: 'number', minimum: 0, maximum: 1},
      rationale: {type: 'string'},
    }),
  interpret: fields => {
    const complaint = missingTexts(fields, ['summary', 'rationale']);
    if (complaint) return complaint;
    const level = fields['consensus_level'];
    if (level !== undefined && level !== null && !(typeof level === 'number' && level >= 0 && level <= 1)) {
      return {kind: 'invalid-field', message: 'consensus_level: expected a number from 0 to 1'};
    }
    return {
      kind: 'accepted',
      response: {
        response_type: 'moderator',
        rationale: fields['rationale'],
        summary: fields['summary'],
        ...(typeof level === 'number' ? {consensus_level: level} : {}),
      },
      matchedText: null,
      matchInfo: null,
    };
  },
  line: message => `${describeSpeaker(message)}: ${asText(message.structured_response['summary'])}`,
  docs: {
    askedFor: '`summary`, `consensus_level` (0…1), `rationale`',
    countsAsAnswer: 'a summary that is not empty',
    othersRead: 'the summary',
  },
};
