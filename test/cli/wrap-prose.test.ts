import {expect, test} from 'vitest';

import {wrapProse} from '../../src/cli/render/format.ts';

const narrow = {isTerminal: true, columns: 30};

test('sentences are broken at words, and no word is lost', () => {
  const text =
    'warning: c.yaml:1:2: a: found a rather long thing, expected a short one\n\n–  s_amb: no answer at all names a person\n';
  const wrapped = wrapProse(text, narrow);
  expect(wrapped.split('\n').filter(line => line.length > 30)).toEqual([]);
  expect(wrapped.split(/\s+/)).toEqual(text.split(/\s+/));
  expect(wrapped).toContain('\n\n–  s_amb: no answer at all\n    names a person\n');
});

test('rows of tables stay whole, and so does every line of a file or a pipe', () => {
  const row = '  agent_definitions.0.persona  sweep  3       null, nurse, judge\n';
  expect(wrapProse(row, narrow)).toBe(row);
  const sentence = 'a sentence that is wider than the terminal on which it is shown\n';
  expect(wrapProse(sentence, {isTerminal: false, columns: 30})).toBe(sentence);
});
