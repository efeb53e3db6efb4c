import {expect, test} from 'vitest';

import {PackTally} from '../../../src/execute/pack/pack-tally.ts';
import {aTask} from '../a-task.ts';

const TASKS = [0, 1, 2].map(index => aTask(index));

test('a pack is as far as its questions and tasks', () => {
  const tally = new PackTally(TASKS);
  Object.assign(tally, {succeeded: 3, failed: 1, carriedOver: 4});
  expect(tally.questions()).toEqual({total: 12, succeeded: 3, failed: 1, carriedOver: 4});
  expect(tally.conversationsLeft).toBe(4);
  tally.end(TASKS[2]!, {kind: 'done', succeeded: 4, outcomes: {}, failures: []});
  tally.end(TASKS[0]!, {kind: 'refused', reason: 'held'});
  expect(tally.taskCounts()).toEqual({total: 3, finished: 1, stopped: 1});
});

test('more questions than expected leave none, not fewer', () => {
  const tally = new PackTally(TASKS);
  tally.succeeded = 20;
  expect(tally.conversationsLeft).toBe(0);
});

test('outcomes come in the order of the tasks; those not reached say why', () => {
  const tally = new PackTally(TASKS);
  tally.end(TASKS[2]!, {kind: 'refused', reason: 'held'});
  const reasons = (cause: Parameters<PackTally['outcomes']>[0]) =>
    tally.outcomes(cause).map(({outcome}) => 'reason' in outcome && outcome.reason);
  expect(reasons(null)).toEqual(['not reached', 'not reached', 'held']);
  expect(reasons({kind: 'signal', signal: 'SIGINT'})).toEqual(['stopped by SIGINT', 'stopped by SIGINT', 'held']);
});
