import {existsSync} from 'node:fs';
import {expect, test} from 'vitest';

import {fillProgramTokens} from '../../../src/execute/trial/program-tokens.ts';

test('{mac} becomes this Node and the command itself', () => {
  const [node, bin, ...rest] = fillProgramTokens(['{mac}', 'eval', 'x'], {});
  expect(node).toBe(process.execPath);
  expect(existsSync(bin!)).toBe(true);
  expect(rest).toEqual(['eval', 'x']);
});

test('{python} is the interpreter that the environment names, of several words where it has them', () => {
  expect(fillProgramTokens(['{python}', '-m', 'sim'], {})).toEqual(['python3', '-m', 'sim']);
  expect(fillProgramTokens(['{python}', 'x'], {RUN_STUDY_PYTHON: 'uv run python'})).toEqual([
    'uv',
    'run',
    'python',
    'x',
  ]);
  expect(fillProgramTokens(['{python}'], {MAC_PYTHON: '/a b/python', RUN_STUDY_PYTHON: 'x'})).toEqual([
    '/a',
    'b/python',
  ]);
  expect(fillProgramTokens(['{python}'], {MAC_PYTHON: '"/a b/python"'})).toEqual(['/a b/python']);
  expect(fillProgramTokens(['--with={python}'], {MAC_PYTHON: 'uv run'})).toEqual(['--with=uv run']);
});

test('other braces stay', () => {
  expect(fillProgramTokens(['{run_dir}', 'a{b}'], {})).toEqual(['{run_dir}', 'a{b}']);
});
