import {expect, test} from 'vitest';

import {renderBench} from '../../../src/plan/bench/merge-base.ts';
import {compileBench, expandBench, findProblems, SMOKE} from './a-matrix.ts';

const ids = (source: object): string[] => expandBench(source).jobs.map(({id}) => id);

test('the id of a job is the same every time, and from YAML as from JSON', () => {
  expect(ids(SMOKE)).toEqual(ids(SMOKE));
  expect(expandBench(renderBench(SMOKE)).jobs[0]?.id).toBe(ids(SMOKE)[0]);
});

test('each axis changes the id of a job, the mode and the model included', () => {
  const [trainer] = SMOKE.trainers;
  const changed = [
    {},
    {tasks: ['internal:multi_param']},
    {trainers: [{id: 'GEPA-Base'}]},
    {trainers: [{...trainer, ps_steps: 3}]},
    {trainers: [{...trainer, optimizer: 'heuristic'}]},
    {trainers: [{...trainer, optimizer_kwargs: {memory_size: 3}}]},
    {trainers: [{...trainer, guide: 'exact_match'}]},
    {trainers: [{...trainer, command: ['./train']}]},
    {tasks: [{id: 'internal:numeric_param', command: ['./task']}]},
    {eval_kwargs: {a: 1}},
    {seeds: [2]},
    {mode: 'real', llm: {provider: 'simulated', model: 'm'}},
    {llm: {model: 'm'}},
    {llm: {model: 'n'}},
    {llm: {provider: 'p'}},
  ].map(change => ids({...SMOKE, ...change})[0]);
  expect(new Set(changed).size).toBe(changed.length);
});

test('neither the logger nor what says where and how fast changes ids or the hash of the config', () => {
  const plain = expandBench(SMOKE);
  for (const change of [
    {trainers: [{id: 'PrioritySearch', logger: 'none', logger_kwargs: {x: 1}}]},
    {runs_dir: 'elsewhere'},
    {run_id: 'x'},
    {max_workers: 9},
    {fail_fast: true},
    {resume: 'none'},
    {job_timeout: 3},
    {tags: ['t']},
  ]) {
    const other = expandBench({...SMOKE, ...change});
    expect([other.jobs[0]?.id, other.config_hash]).toEqual([plain.jobs[0]?.id, plain.config_hash]);
  }
});

test('keys of trials follow the ids of jobs: another logger or server runs nothing again', () => {
  const key = (change: object): unknown => compileBench({...SMOKE, ...change}).plan.trials[0]?.key;
  expect(key({trainers: [{id: 'PrioritySearch', logger: 'none'}]})).toBe(key({}));
  expect(key({llm: {base_url: 'http://a/v1'}})).toBe(key({llm: {base_url: 'http://b/v1'}}));
  expect(key({mode: 'real'})).not.toBe(key({}));
  expect(key({llm: {model: 'm'}})).not.toBe(key({}));
});

test('the hash of a config tells arguments apart, that of the model nothing but the model', () => {
  const [a, b, c] = [SMOKE, {...SMOKE, ps_steps: 3}, {...SMOKE, llm: {model: 'm'}}].map(each => expandBench(each));
  expect(a?.config_hash).toMatch(/^[0-9a-f]{64}$/);
  expect(new Set([a, b, c].map(each => each?.config_hash)).size).toBe(3);
  expect([b?.llm_hash === a?.llm_hash, c?.llm_hash === a?.llm_hash]).toEqual([true, false]);
});

test('the snapshot of a matrix, run again, is the same matrix', () => {
  const source = {
    ...SMOKE,
    ps_steps: 2,
    eval_kwargs: {a: 1},
    optimizer_kwargs: {memory_size: 2},
    tasks: ['numeric', {id: 'mine', command: ['./t']}],
    trainers: [{id: 'PrioritySearch', ps_batches: 2, params_variants: [{ps_steps: 1}, {}], logger: 'none'}, 'GEPA-UCB'],
    llm: {model: 'm', api_key_env: 'KEY'},
  };
  const first = expandBench(source);
  const again = expandBench(renderBench(first.matrix));
  expect(again.matrix).toEqual(first.matrix);
  expect(again.config_hash).toBe(first.config_hash);
  expect(again.jobs.map(({id}) => id)).toEqual(first.jobs.map(({id}) => id));
});

test('a run is named by its time and a hash, or as the file pins it', () => {
  const {set} = compileBench(SMOKE).plan;
  expect(set.id).toMatch(/^20261120-201310-[0-9a-f]{8}$/);
  expect(set.folder).toBe(`runs/${set.id}`);
  const elsewhere = compileBench({...SMOKE, run_id: 'x', runs_dir: 'out/'}).plan.set;
  expect(elsewhere).toMatchObject({kind: 'bench', id: expect.stringMatching(/^x~/), folder: 'out/x'});
  expect(compileBench({...SMOKE, run_id: 'x'}).plan.set.id).toBe('x');
  expect(compileBench(SMOKE, 'earlier').plan.set.id).toBe('earlier');
});

test('variants that come to the same are refused, and both are named', () => {
  const variants = [{ps_steps: 1}, {num_steps: 1}];
  const trainers = [{id: 'PrioritySearch', params_variants: variants}];
  const problems = findProblems({...SMOKE, seeds: [1, 2], trainers});
  expect(problems).toHaveLength(1);
  expect(problems[0]).toContain('variant 1 of PrioritySearch {num_steps: 1}');
  expect(problems[0]).toContain('variant 0 of PrioritySearch {ps_steps: 1}');
});

test('one argument in two spellings, and one seed twice, are refused', () => {
  const twice = {id: 'PrioritySearch', params: {ps_steps: 1, num_steps: 2}};
  expect(findProblems({...SMOKE, trainers: [twice]})).toEqual([expect.stringContaining('both ps_steps and num_steps')]);
  expect(findProblems({...SMOKE, seeds: [1, 1]})).toEqual([expect.stringContaining('the seed 1 again')]);
});
