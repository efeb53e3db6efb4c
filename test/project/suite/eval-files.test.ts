import {expect, test} from 'vitest';

import {findEvalFiles} from '../../../src/project/suite/eval-files.ts';

test('the files of a variant have the time of Inspect before their names, or not', () => {
  const own = [
    '2026-11-20T20-13-10-00-00_abc1234_a_Qm9vdHN0cmFw.eval',
    '2026-11-20T20-13-10+00-00_abc1234_a_Qm9vdHN0cmFx.eval',
    'abc1234_a_Qm9vdHN0cmFw.eval',
  ];
  const others = [
    '2026-11-20T20-13-10-00-00_abc1234_a_b_Qm9vdHN0cmFw.eval',
    '2026-11-20T20-13-10-00-00_abc1234-dirty_a_Qm9vdHN0cmFw.eval',
    '2026-11-20T20-13-10-00-00_abc1234_a_Qm9vdHN0cmFw.json',
    'x_abc1234_a_Qm9vdHN0cmFw.eval',
    'logs.json',
  ];
  expect(findEvalFiles([...others, ...own], 'abc1234', 'a')).toEqual(own.toSorted());
  expect(findEvalFiles(others, 'abc1234', 'a_b')).toEqual([others[0]]);
});

test('a point in the name of a variant stands for itself', () => {
  expect(findEvalFiles(['abc_v1x5_Q.eval', 'abc_v1.5_Q.eval'], 'abc', 'v1.5')).toEqual(['abc_v1.5_Q.eval']);
});
