import {describe, expect, test} from 'vitest';

import {
  countOutcomes,
  describeOutcomes,
  FAILED_OUTCOMES,
  makeIsFinal,
  sumOutcomes,
} from '../../src/core/conversation-outcome.ts';

describe('which outcomes are final', () => {
  const finalUnder = (retry: object, compatibility?: 'reference') =>
    FAILED_OUTCOMES.filter(makeIsFinal({retry_config: retry, ...(compatibility ? {compatibility} : {})}));

  test('by default those that asking again would not change', () => {
    expect(finalUnder({})).toEqual(['refused', 'filtered']);
  });

  test('all but those that the config lists', () => {
    expect(finalUnder({retry_outcomes: ['refused']})).toEqual(FAILED_OUTCOMES.filter(each => each !== 'refused'));
    expect(finalUnder({retry_outcomes: []})).toEqual(FAILED_OUTCOMES);
  });

  test('none under compatibility: reference, unless the config says otherwise', () => {
    expect(finalUnder({}, 'reference')).toEqual([]);
    expect(finalUnder({retry_outcomes: ['cut']}, 'reference')).not.toContain('cut');
  });

  test('success always', () => {
    expect(makeIsFinal({retry_config: {retry_outcomes: FAILED_OUTCOMES}})('succeeded')).toBe(true);
  });
});

test('outcomes are counted, added up and told in one order; successes are not counted', () => {
  const counts = countOutcomes(['server', 'succeeded', 'refused', 'server']);
  expect(counts).toEqual({refused: 1, server: 2});
  expect(describeOutcomes(sumOutcomes([counts, undefined, {refused: 1, cut: 3}]))).toBe('2 refused, 3 cut, 2 server');
  expect(describeOutcomes({})).toBe('');
});
