import {expect} from 'vitest';

import {aggregateErrors} from '../../src/conversation/transcript/transcript.ts';
import {goldenSuite} from '../support/golden.ts';

goldenSuite('error-aggregation.json', {
  mode: 'reference',
  check: ({input, expected}) => expect(aggregateErrors(input.validation_errors)).toEqual(expected),
});
