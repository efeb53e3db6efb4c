import {expect, test} from 'vitest';

import {
  inferType,
  listTokens,
  readAnswer,
  readBinary,
  readNumber,
  readYesNo,
} from '../../../src/analyze/presets/answer.ts';

test.each([
  ['Yes', 'Yes'],
  ['yes, definitely', 'Yes'],
  ['"Yes."', 'Yes'],
  ['TRUE', 'Yes'],
  ['y', 'Yes'],
  ['no', 'No'],
  ['No. I would not', 'No'],
  ['No I would not', 'No'],
  ['false', 'No'],
  ['n', 'No'],
  // "no" inside other words, or of something else, is no answer.
  ['nothing', null],
  ['I know', null],
  ['no idea', null],
  ['No one', null],
  ['yesterday', null],
  ['Yes and no', null],
  ['y tu', null],
  ['1', null],
  ['', null],
])('"%s" is the answer %s', (text, answer) => {
  expect(readYesNo(text)).toBe(answer);
});

test('digits answer a yes/no question only where one is declared', () => {
  expect([readBinary('1'), readBinary(' 0 '), readBinary('2')]).toEqual(['Yes', 'No', null]);
});

test.each([
  ['7', 7],
  ['-2.5 points', -2.5],
  ['7/10', 7],
  ['about 80% of them', 80],
  ['1,250 votes, 3 abstentions', 1250],
  ['1e3', 1000],
  ['from 3-4', 3],
  // Numbers in names are no ratings.
  ['gpt-4', null],
  ['A1', null],
  ['3rd', null],
  ['none', null],
])('the first number of "%s" is %s', (text, number) => {
  expect(readNumber(text)).toBe(number);
});

test.each([
  ['yes', 'binary'],
  ['I would say 7 out of 10', 'numeric'],
  ['the second of them', 'choice'],
  ['ans1', 'choice'],
  ['it is the second of them', 'freetext'],
] as const)('"%s" looks like %s', (text, type) => {
  expect(inferType(text)).toBe(type);
});

test('an answer is the text of whatever was returned; blanks are none', () => {
  const read = (answer: unknown): string | null => readAnswer({data: {probe_return: answer}});
  expect([read(' a '), read(3), read(false), read(['a', 1])]).toEqual(['a', '3', 'false', '["a",1]']);
  expect([read(null), read(undefined), read('  ')]).toEqual([null, null, null]);
});

test('tokens are words of three letters or more, of any language', () => {
  expect(listTokens("The état don't re-do it, O2: 42 ab")).toEqual(['the', 'état', "don't", 're-do']);
});
