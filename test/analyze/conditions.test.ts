import {expect, test} from 'vitest';

import {conditionsOf} from '../../src/analyze/conditions.ts';

test.each<[string, Record<string, string> | null]>([
  ['persona=judge', {persona: 'judge'}],
  ['persona=judge, model = x', {persona: 'judge', model: 'x'}],
  ['persona=a nurse, and tired', {persona: 'a nurse, and tired'}],
  ['persona="a nurse, x=1",model=y', {persona: 'a nurse, x=1', model: 'y'}],
  ['persona=the "best",model=y', {persona: 'the "best"', model: 'y'}],
  ['persona=', {persona: ''}],
  ['some_grid', null],
])('%s', (text, expected) => {
  const conditions = conditionsOf(text);
  expect(conditions && Object.fromEntries(conditions.map(({name, value}) => [name, value]))).toEqual(expected);
});
