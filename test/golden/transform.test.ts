import {expect} from 'vitest';

import {transformReference, type Interpretation} from '../../src/conversation/transform.ts';
import {goldenSuite} from '../support/golden.ts';

/** Our interpretation in the form in which the older system's private fields recorded it. */
function asRecorded(result: Interpretation, role: string, raw: any): unknown {
  if (result.kind === 'accepted') {
    return {
      ...result.response,
      ...(result.matchedText ? {_matched_answer_text: result.matchedText} : {}),
      ...(result.matchInfo ? {_answer_match_info: result.matchInfo()} : {}),
    };
  }
  if (result.kind !== 'invalid-answer') return result;
  return {
    response_type: role,
    rationale: 'rationale' in raw ? raw.rationale : '',
    opinion: result.answer,
    _answer_match_info: result.matchInfo?.(),
  };
}

goldenSuite('transform.json', {
  mode: 'reference',
  check: ({input: {raw_response: raw, role, question, threshold}, expected}) => {
    const result = transformReference(raw, role, {question, threshold, mode: 'reference'});
    if (expected.error) {
      expect(result.kind).toBe('unexpected');
      expect(result).toMatchObject({errorType: expected.error.type, message: expected.error.message});
      return;
    }
    expect(result.kind === 'invalid-answer').toBe(expected.is_invalid_answer);
    expect(asRecorded(result, role, raw)).toEqual(expected.transformed);
  },
});
