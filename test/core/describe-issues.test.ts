import {expect, test} from 'vitest';
import {z} from 'zod';

import {describeIssues} from '../../src/core/text/describe-issues.ts';

const schema = z.object({
  score: z.number(),
  kind: z.enum(['text', 'code']),
  rows: z.array(z.object({key: z.string().min(1)})).min(1),
  width: z.number().positive().optional(),
});

function describe(value: unknown): string {
  const {error} = schema.safeParse(value);
  return error ? describeIssues(error, value) : 'fine';
}

test('problems of a value are one line, with where each is, what is expected and what is there', () => {
  expect(describe({score: null, kind: 'texts', rows: [{key: 'a'}, {key: ''}], width: -1})).toBe(
    'score: expected a number, got null; kind: expected one of "text", "code", got "texts"; ' +
      'rows.1.key: expected a text that is not empty, got ""; width: expected a number > 0, got -1',
  );
});

test('keys that are not there are missing', () => {
  expect(describe({kind: 'text', rows: [{}]})).toBe('score is missing; rows.0.key is missing');
});

test('a value of another shape has no path, and long ones are cut', () => {
  expect(describe([1, 2])).toBe('expected a mapping, got a list of 2');
  expect(describe('x'.repeat(1000)).length).toBeLessThan(120);
});

test('a value with very many problems names the first', () => {
  const line = describe({score: 1, kind: 'text', rows: Array.from({length: 100}, () => ({}))});
  expect(line).toMatch(/^rows\.0\.key is missing; .*; and 95 more$/);
});
