import {expect, test} from 'vitest';

import {limitTrials} from '../../../src/runs/here/max-parallel.ts';
import {aSuite, compileSuite} from '../../plan/suite/a-suite.ts';

function limit(count: number, processors: number, max_parallel: number | 'all' = 'all') {
  const {plan} = compileSuite(aSuite({max_parallel}));
  return limitTrials({trialPlans: [plan], tasks: new Array<undefined>(count)}, processors);
}

test('all trials run at once where the machine has a processor for each', () => {
  expect(limit(4, 8)).toEqual({limit: 4, note: undefined});
});

test('more trials than processors run at once, and that is noted', () => {
  expect(limit(4, 2)).toEqual({
    limit: 4,
    note: 'note: 4 trials run at once on 2 processors (--max-parallel, in mac suite -p, bounds them)',
  });
});

test('hundreds do not run at once unless somebody asks for it', () => {
  expect(limit(500, 2)).toEqual({limit: 64, note: expect.stringContaining('64 of 500 trials run at once')});
  expect(limit(500, 128)).toEqual({limit: 128, note: undefined});
  expect(limit(500, 2, 300)).toEqual({limit: 300, note: undefined});
});

test('grids of conversations say nothing of it', () => {
  expect(limitTrials({trialPlans: [], tasks: []})).toEqual({limit: undefined, note: undefined});
});
