import {expect, test} from 'vitest';

import {asList, asMapping, isMapping} from '../../src/core/mapping.ts';

test('only a plain object is a mapping', () => {
  const others = [null, undefined, 'a', 1, [], new Date(0), new Map()];
  expect(others.map(isMapping)).toEqual(others.map(() => false));
  expect(isMapping({})).toBe(true);
});

test('anything but a mapping or a list counts as an empty one', () => {
  expect([asMapping({a: 1}), asMapping([1]), asMapping(new Date(0)), asMapping(null)]).toEqual([{a: 1}, {}, {}, {}]);
  expect([asList([1]), asList({0: 1}), asList('a')]).toEqual([[1], [], []]);
});
