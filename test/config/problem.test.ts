import fc from 'fast-check';
import {expect, test} from 'vitest';

import {isSecretKey} from '../../src/core/secrets.ts';
import {ConfigError, describeProblem, describeValue, didYouMean, findNearest} from '../../src/config/problem.ts';

test('a problem is one line: place, path, what was found and what was expected', () => {
  const problem = {
    file: 'a b.yaml',
    position: {line: 3, column: 7},
    path: ['x', 0, 'y'],
    found: '5',
    expected: 'a text',
  };
  expect(describeProblem(problem)).toBe('a b.yaml:3:7: x.0.y: found 5, expected a text');
  expect(describeProblem({...problem, position: undefined, path: [], hint: 'quote it'})).toBe(
    'a b.yaml: found 5, expected a text; quote it',
  );
});

test('an error holds all problems and says them all', () => {
  const problem = {file: 'f', path: ['x'], found: 'a', expected: 'b'};
  const error = new ConfigError([problem, {...problem, path: ['y']}]);
  expect(error.code).toBe('config-invalid');
  expect(error.message).toMatch(/x: found a.*\n.*y: found a/);
  expect(error.problems.length).toBe(2);
});

test('values are described in one short line', () => {
  expect(describeValue('a\nb')).toBe('"a\\nb"');
  expect(describeValue('x'.repeat(1000)).length).toBeLessThanOrEqual(60);
  expect([undefined, null, 5, true, 5n, [], [1], {}, {a: 1}].map(describeValue)).toEqual([
    'nothing',
    'null',
    '5',
    'true',
    '5',
    'an empty list',
    'a list of 1',
    'an empty mapping',
    'a mapping',
  ]);
});

test('a misspelt word is recognised, another one is not', () => {
  const words = ['max_rounds', 'max_retries', 'persona', 'role'];
  expect(didYouMean('max_round', words)).toBe('max_rounds');
  expect(didYouMean('Persona', words)).toBe('persona');
  expect(didYouMean('persnoa', words)).toBe('persona');
  expect(didYouMean('pesroan', words)).toBe('persona');
  expect(didYouMean('temperature', words)).toBeUndefined();
  expect(didYouMean('x', ['ab', 'c'])).toBeUndefined();
});

test('the few that a word may mean: misspellings first, then those that it is a piece of', () => {
  const words = ['accuracy_disambig', 'accuracy', 'accuracy_cost', 'change:accuracy', 'entropy'];
  expect(findNearest('acuracy', words, 4)).toEqual(['accuracy']);
  expect(findNearest('accuracy_', words, 4)).toEqual(['accuracy', 'accuracy_cost', 'accuracy_disambig']);
  expect(findNearest('Accuracy', words, 2)).toEqual(['accuracy', 'accuracy_cost']);
  expect(findNearest('bias', words, 4)).toEqual([]);
  expect(findNearest('', words, 4)).toEqual([]);
});

test('a word with one letter changed is always recognised', () => {
  const word = fc.string({unit: fc.constantFrom(...Array.from('abcdefgh_')), minLength: 4, maxLength: 20});
  fc.assert(
    fc.property(word, fc.nat(), fc.constantFrom('x', 'y', 'z'), (text, at, letter) => {
      const i = at % text.length;
      expect(didYouMean(text.slice(0, i) + letter + text.slice(i + 1), [text, '????????????'])).toBe(text);
    }),
  );
});

test('keys of secrets are known by their names', () => {
  for (const key of [
    'api_key',
    'apikey',
    'OPENAI_API_KEY',
    'token',
    'hf_token',
    'Authorization',
    'password',
    'client-secret',
  ]) {
    expect(isSecretKey(key), key).toBe(true);
  }
  for (const key of ['api_key_env', 'max_tokens', 'max_token', 'tokenizer', 'key', 'monkey', 0, undefined]) {
    expect(isSecretKey(key), String(key)).toBe(false);
  }
});
