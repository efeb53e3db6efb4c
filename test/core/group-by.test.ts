import {expect, test} from 'vitest';

import {groupBy} from '../../src/core/group-by.ts';

test('groups keep the order in which their first items come, and items their own', () => {
  const groups = groupBy(['pear', 'fig', 'plum', 'date', 'kiwi', 'nut'], word => word.length);
  expect([...groups]).toEqual([
    [4, ['pear', 'plum', 'date', 'kiwi']],
    [3, ['fig', 'nut']],
  ]);
});
