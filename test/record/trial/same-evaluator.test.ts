import {expect, test} from 'vitest';

import {isSameEvaluator} from '../../../src/record/trial/same-evaluator.ts';
import {makeEvaluator} from '../../execute/trial/a-trial.ts';

test('an evaluator is the same when nothing of it has changed but a hidden secret', () => {
  const evaluator = makeEvaluator('e', 'score --key $1', {argv: ['score', '--key', 'sesame-1', '--top', '5']});
  expect(isSameEvaluator(evaluator, evaluator)).toBe(true);
  expect(isSameEvaluator({...evaluator, argv: ['score', '--key', '***', '--top', '5']}, evaluator)).toBe(true);
  expect(isSameEvaluator({...evaluator, argv: ['score', '--key', '***', '--top', '6']}, evaluator)).toBe(false);
  expect(isSameEvaluator({...evaluator, argv: ['score', '--key', '***(5', '--top', '5']}, evaluator)).toBe(false);
  expect(isSameEvaluator(evaluator, {...evaluator, argv: [...evaluator.argv, '--more']})).toBe(false);
  expect(isSameEvaluator(evaluator, {...evaluator, explicit_args: {metrics: '-m'}})).toBe(false);
  expect(isSameEvaluator(evaluator, {...evaluator, enabled: false})).toBe(false);
});
