import {expect, test} from 'vitest';

import {drawBranches} from '../../src/cli/render/render-tree.ts';

test('the last branch of every level ends its line', () => {
  const tree = drawBranches([['1/3 done'], ['null questions: 2', [['q1'], ['q2']]], ['last stop: out of time']], '  ');
  expect(tree).toBe(
    [
      '  ├── 1/3 done',
      '  ├── null questions: 2',
      '  │   ├── q1',
      '  │   └── q2',
      '  └── last stop: out of time',
      '',
    ].join('\n'),
  );
  expect(drawBranches([['1/2 done'], ['null questions: 1', [['q1']]]], '')).toBe(
    '├── 1/2 done\n└── null questions: 1\n    └── q1\n',
  );
  expect(drawBranches([], '')).toBe('');
});
