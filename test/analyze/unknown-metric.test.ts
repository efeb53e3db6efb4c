import {expect, test} from 'vitest';

import {describeFinerMetrics, refusedMetric, unknownMetric} from '../../src/analyze/metrics/unknown-metric.ts';

const BBQ = {benchmark: 'BBQ', ids: ['accuracy_ambig', 'accuracy_disambig', 's_amb']};
const DECISIONS = {benchmark: 'DiscrimEval', ids: ['yes_rate']};

test.each(['yes_rate', 'change:yes_rate'])('%s: of another benchmark than those that were selected', id => {
  expect(unknownMetric(id, [BBQ, BBQ])).toMatchObject({
    code: 'metric-unknown',
    message: `"${id}" is a metric of DiscrimEval; this selection holds BBQ`,
    hint: expect.stringMatching(/mac schema metrics lists which benchmark has which$/),
  });
});

test('of none: the few that may be meant', () => {
  expect(unknownMetric('s_am', [BBQ])).toMatchObject({
    message: 'no metric "s_am"',
    hint: 'did you mean s_amb? mac schema metrics lists all there are',
  });
});

test('what a benchmark tells apart further is named, also where another one refuses it', () => {
  const finer = 'BBQ has accuracy_ambig, accuracy_disambig, but no accuracy';
  expect(describeFinerMetrics('accuracy', [BBQ, DECISIONS, BBQ])).toEqual([finer]);
  expect(describeFinerMetrics('s_amb', [BBQ, DECISIONS])).toEqual([]);
  expect(refusedMetric('accuracy', 'no right answers', [BBQ, DECISIONS])).toMatchObject({
    code: 'metric-refused',
    message: 'accuracy is not given here: no right answers',
    hint: finer,
  });
});
