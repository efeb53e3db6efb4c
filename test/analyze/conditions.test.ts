import {expect, test} from 'vitest';

import {parseConditions, matchValue, parseConditionValue} from '../../src/analyze/select/conditions.ts';

test.each<[string, Record<string, string> | null]>([
  ['persona=judge', {persona: 'judge'}],
  ['persona=judge, model = x', {persona: 'judge', model: 'x'}],
  ['persona=a nurse, and tired', {persona: 'a nurse, and tired'}],
  ['persona="a nurse, x=1",model=y', {persona: 'a nurse, x=1', model: 'y'}],
  ['persona=the "best",model=y', {persona: 'the "best"', model: 'y'}],
  ['persona=', {persona: ''}],
  ['some_grid', null],
])('%s', (text, expected) => {
  const conditions = parseConditions(text);
  expect(conditions && Object.fromEntries(conditions.map(({name, value}) => [name, value]))).toEqual(expected);
});

test.each<[string, readonly string[], string | undefined]>([
  ['null', ['null', '"null"'], 'null'],
  ['"null"', ['null', '"null"'], '"null"'],
  ['null', ['"null"'], '"null"'],
  ['"1"', ['1'], '1'],
  ['none', ['"none"', 'judge'], '"none"'],
  ['', ['null', '""'], '""'],
  ['"a nurse, x=1"', ['a nurse, x=1'], 'a nurse, x=1'],
  ['nurse', ['judge'], undefined],
])('%s among %j means %s', (written, values, expected) => {
  expect(matchValue(new Set(values), parseConditionValue(written))).toBe(expected);
});
