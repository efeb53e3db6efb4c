import {expect, test} from 'vitest';
import {parse} from 'yaml';

import {findBase, mergeBench} from '../../../src/plan/bench/merge-base.ts';
import {overrideBench} from '../../../src/plan/bench/override.ts';
import {expandBench, findProblems, SMOKE} from './a-matrix.ts';

const BASE = `
seeds: [1, 2]
max_workers: 2
llm: {provider: openai, model: small, base_url: "http://a/v1"}
tasks: [internal:numeric_param, internal:multi_param]
trainers: [PrioritySearch, GEPA-Base]
`;

test('a variant with nothing but a model has the whole matrix of its base', () => {
  const variant = 'extends: base.yaml\nllm:\n  model: large # the other one\n';
  expect(findBase(variant)).toBe('base.yaml');
  const text = mergeBench(BASE, variant);
  const [base, merged] = [expandBench(BASE), expandBench(text)];
  expect(merged.jobs).toHaveLength(8);
  expect(merged.matrix).toEqual({
    ...base.matrix,
    run_id: merged.run_id,
    llm: {provider: 'openai', model: 'large', base_url: 'http://a/v1'},
  });
  expect(text).toContain('# the other one');
  expect(findBase(text)).toBeUndefined();
});

test('lists are replaced, and another spelling of a key replaces it too', () => {
  const merged: unknown = parse(mergeBench(BASE, 'extends: b\nseed: 7\ntrainers: [NoOpTrainer]\n'));
  expect(merged).toMatchObject({seed: 7, trainers: ['NoOpTrainer'], max_workers: 2});
  expect(merged).not.toHaveProperty('seeds');
});

test('problems of a variant point at its own lines', () => {
  const text = mergeBench(BASE, 'extends: base.yaml\nmode: banana\n');
  expect(findProblems(text)[0]).toContain('m.yaml:2:1: mode');
});

test('flags are edits of the file, whatever the spelling they replace, and comments stay', () => {
  const text = overrideBench(
    '# mine\nruns_root: a\nn-concurrent: 2\ntasks: [internal:code_param] # one\nllm: {model: m}\n',
    {
      runs_dir: 'out',
      mode: 'real',
      max_workers: 5,
      resume: 'none',
      fail_fast: true,
      job_timeout: 0,
    },
  );
  expect(text).toContain('# mine');
  expect(text).toContain('# one');
  expect(expandBench(text).matrix).toMatchObject({
    runs_dir: 'out',
    mode: 'real',
    max_workers: 5,
    resume: 'none',
    fail_fast: true,
    job_timeout: 0,
  });
});

test('flags of a JSON file are edits of it too', () => {
  const text = overrideBench(JSON.stringify(SMOKE), {max_workers: 3, run_id: 'x'});
  expect(expandBench(text)).toMatchObject({run_id: 'x', matrix: {max_workers: 3}});
});

test.each(['none', 'NULL', 'off', 'disable', 'disabled'])('--logger %s silences every trainer', name => {
  const text = overrideBench('tasks: [internal:code_param]\ntrainers: [GEPA-Base, {name: NoOpTrainer, logger: x}]\n', {
    logger: name,
  });
  expect(expandBench(text).matrix.trainers.map(({id, logger}) => [id, logger])).toEqual([
    ['GEPA-Base', 'none'],
    ['NoOpTrainer', 'none'],
  ]);
});

test.each(['default', 'config', ''])('--logger "%s" keeps what the file has', name => {
  const text = 'tasks: [internal:code_param]\ntrainers:\n  - {id: GEPA-Base, logger: NullLogger}\n';
  expect(expandBench(overrideBench(text, {logger: name})).matrix.trainers[0]?.logger).toBe('NullLogger');
});

test('--logger of a file without trainers is that of the default one', () => {
  const text = overrideBench('tasks: [internal:code_param]\n', {logger: 'none'});
  expect(expandBench(text).matrix.trainers).toMatchObject([{id: 'PrioritySearch', logger: 'none'}]);
});

test('all tasks of a suite have one name, and inherit its arguments', () => {
  const {matrix} = expandBench({tasks: [{id: 'internal:all', eval_kwargs: {a: 1}}, 'internal:code_param']});
  expect(matrix.tasks).toHaveLength(8);
  expect(matrix.tasks[0]).toEqual({id: 'internal:code_param', eval_kwargs: {a: 1}});
  expect(matrix.tasks.at(-1)).toEqual({id: 'internal:code_param', eval_kwargs: {}});
});

test('veribench:all is its placeholder where the suite is not there', () => {
  expect(expandBench({tasks: ['veribench:all']}).matrix.tasks).toMatchObject([{id: 'veribench:smoke_placeholder'}]);
});
