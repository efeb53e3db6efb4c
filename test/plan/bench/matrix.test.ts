import {expect, test} from 'vitest';

import {FRONT_ENDS} from '../../../src/plan/front-ends.ts';
import {compileBench, expandBench, findProblems, SMOKE} from './a-matrix.ts';

const B4 = `
runs_dir: out
seeds: [1, 2]
tasks: [internal:numeric_param, {key: internal:multi_param, eval_kwargs: {a: 1}}]
trainers:
  - PrioritySearch
  - name: GEPA-Base
    params: {gepa_iters: 3}
`;

test('a matrix is tasks × trainers × variants × seeds', () => {
  const {plan, problems} = compileBench(B4);
  expect(problems).toEqual([]);
  expect(plan.axes.map(({values}) => values.length)).toEqual([2, 2, 1, 2]);
  expect(plan.size).toBe(8);
  expect(plan.trials[0]?.trial).toMatchObject({
    labels: {suite: 'internal', task: 'internal:numeric_param', trainer: 'PrioritySearch', variant: 0, seed: 1},
    seed: 1,
  });
  expect(new Set(plan.trials.map(({trial}) => trial.id)).size).toBe(8);
  for (const {trial} of plan.trials) {
    expect(trial.id).toMatch(/^[0-9a-f]{12}$/);
    expect(trial.output_dir).toBe(`${plan.set.folder}/jobs/${trial.id}`);
    expect(trial.details['log_path']).toBe(`${trial.output_dir}/stdout.log`);
  }
});

test('the front-end takes matrices, and no file of another kind', () => {
  const accepts = (text: string): boolean =>
    FRONT_ENDS.find(each => each.accepts({path: 'f', text, sha256: ''}))?.name === 'bench';
  const matrices = [B4, JSON.stringify(SMOKE), JSON.stringify(SMOKE, null, 2), 'trainers: [X]\n'];
  expect(matrices.filter(accepts)).toEqual(matrices);
  const others = ['_grid: {}\ntasks: []\n', 'a: {tasks: [1]}\n', 'schema_version: 1\nhypotheses: []\ntasks: []\n'];
  expect(others.filter(accepts)).toEqual([]);
});

test('every alias of a key is the key', () => {
  const long = {
    runs_dir: 'o',
    root: 'r',
    seeds: [7],
    max_workers: 3,
    job_timeout: 9,
    tasks: [{id: 'internal:code_param'}, {id: 'internal:multi_param'}],
    trainers: [
      {id: 'PrioritySearch', params_variants: [{ps_steps: 2}]},
      {id: 'GEPA-UCB', params_variants: [{}]},
      {id: 'NoOpTrainer', params_variants: [{}]},
    ],
    llm: {base_url: 'http://h/v1'},
    trainer_kwargs: {ps_batches: 4},
  };
  const short = {
    runs_root: 'o',
    tasks_root: 'r',
    seed: 7,
    'n-concurrent': 3,
    'job-timeout': 9,
    tasks: [{key: 'internal:code_param'}, {task: 'internal:multi_param'}],
    trainers: [
      {name: 'PrioritySearch', params: {ps_steps: 2}},
      {trainer: 'GEPAUCBSearch', trainer_kwargs: {}},
      {key: 'NoOpTrainer'},
    ],
    llm: {api_base: 'http://h/v1'},
    'ps-batches': 4,
  };
  const [a, b] = [expandBench(long), expandBench(short)];
  expect(b.matrix).toEqual({...a.matrix, run_id: b.run_id});
  expect(b.config_hash).toBe(a.config_hash);
});

test('a key in two spellings, or with a slip of the pen, is a problem with its place', () => {
  expect(findProblems('seed: 1\nseeds: [2]\ntasks: [internal:code_param]\n')).toEqual([
    'm.yaml:2:1: seeds: found both seed and seeds, which mean the same, expected one of them',
  ]);
  expect(findProblems('task: [internal:code_param]\ntrainers: [X]\n').join()).toContain('did you mean "tasks"?');
  const [unknown] = findProblems('tasks: [internal:code_param]\ntrainers: [{id: X, optimiser: y}]\n');
  expect(unknown).toContain('m.yaml:2:20: trainers.0.optimiser: found the unknown key "optimiser"');
  expect(unknown).toContain('did you mean "optimizer"?');
});

test.each([
  ['mode', 'banana', 'one of stub, real'],
  ['resume', 'sometimes', 'one of auto, failed, none'],
  ['max_workers', 0, '≥ 1'],
  ['job_timeout', -1, '≥ 0'],
  ['run_id', '../x', 'letters, digits'],
  ['llm', {api_key: 'x'}, 'no secrets in a config'],
  ['llm', {api_key_env: 'sk-abc def'}, 'environment variable'],
  ['seeds', ['x'], 'a number'],
  ['tasks', [], 'a list that is not empty'],
])('%s: %j is refused', (key, value, expected) => {
  expect(findProblems({...SMOKE, [key]: value}).join('\n')).toContain(expected);
});

test('an entry without an id is refused with a word on how to write one', () => {
  expect(findProblems({...SMOKE, trainers: [{params: {}}]}).join()).toContain('a mapping with id');
  expect(findProblems({...SMOKE, tasks: [{eval_kwargs: {}}]}).join()).toContain('a mapping with id');
});

test('an argument written closest to a variant wins, whatever its spelling', () => {
  const {jobs} = expandBench({
    tasks: ['internal:numeric_param'],
    trainer_kwargs: {ps_steps: 1, num_batches: 2},
    ps_candidates: 3,
    trainers: [
      {id: 'PrioritySearch', ps_steps: 4, 'ps-proposals': 5, params_variants: [{num_steps: 6}, {}, {batch_size: 7}]},
    ],
  });
  expect(jobs.map(({resolved}) => resolved.trainer_kwargs)).toEqual([
    {num_epochs: 1, num_steps: 6, num_batches: 2, num_candidates: 3, num_proposals: 5},
    {num_epochs: 1, num_steps: 4, num_batches: 2, num_candidates: 3, num_proposals: 5},
    {num_epochs: 1, num_steps: 4, num_batches: 2, num_candidates: 3, num_proposals: 5, train_batch_size: 7},
  ]);
});

test('short names of one family do not reach the trainers of another', () => {
  const {jobs} = expandBench({
    tasks: ['internal:numeric_param'],
    ps_steps: 9,
    gepa_iters: 8,
    threads: 2,
    trainers: ['PrioritySearch', 'GEPA-Base', 'GEPA-UCB'],
    seeds: [1],
  });
  expect(jobs.map(({resolved}) => resolved.trainer_kwargs)).toEqual([
    {num_epochs: 1, num_steps: 9, num_batches: 1, num_candidates: 2, num_proposals: 2, num_threads: 2},
    {num_iters: 8, train_batch_size: 2, merge_every: 2, pareto_subset_size: 2, num_threads: 2},
    {num_search_iterations: 8, train_batch_size: 2, merge_every: 2, pareto_subset_size: 2, num_threads: 2},
  ]);
});

test('a loose argument that no trainer of the file takes is warned of', () => {
  const {plan} = compileBench({...SMOKE, gepa_iters: 3});
  expect(plan.warnings).toMatchObject([{path: ['gepa_iters'], found: expect.stringContaining('gepa_iters')}]);
});

test('arguments of tasks and optimizers are merged from the file down to the variant', () => {
  const {jobs} = expandBench({
    eval_kwargs: {a: 1, b: 1, c: 1, d: 1},
    optimizer_kwargs: {memory_size: 1, x: 1},
    tasks: [{id: 'internal:numeric_param', eval_kwargs: {b: 2, c: 2, d: 2}}],
    trainers: [
      {
        id: 'PrioritySearch',
        eval_kwargs: {c: 3, d: 3},
        optimizer_kwargs: [{x: 2}, {y: 3}],
        params: {eval_kwargs: {d: 4}, optimizer_kwargs: {y: 5}},
      },
    ],
  });
  expect(jobs[0]?.resolved).toMatchObject({
    eval_kwargs: {a: 1, b: 2, c: 3, d: 4},
    optimizer_kwargs: [
      {memory_size: 1, x: 2, y: 5},
      {memory_size: 1, x: 1, y: 5},
    ],
  });
  expect(Object.keys(jobs[0]?.resolved.trainer_kwargs ?? {})).not.toContain('eval_kwargs');
});

test('no trainers are PrioritySearch, no seeds are 123, and an empty list of seeds is none', () => {
  for (const seeds of [{}, {seeds: []}]) {
    const {matrix} = expandBench({tasks: ['numeric', 'example:greeting_stub'], trainers: [], ...seeds});
    expect(matrix).toMatchObject({
      seeds: [123],
      trainers: [{id: 'PrioritySearch', params_variants: [{}]}],
      tasks: [{id: 'llm4ad:numeric'}, {id: 'trace_examples:greeting_stub'}],
      mode: 'stub',
      max_workers: 1,
      resume: 'auto',
      fail_fast: false,
      runs_dir: 'runs',
    });
  }
});

test('a job has no time limit in stub mode and 600 seconds in real mode, unless the file has one', () => {
  const limit = (more: object): unknown => compileBench({...SMOKE, ...more}).plan.trials[0]?.trial.timeout_seconds;
  const limits = [{}, {mode: 'real'}, {job_timeout: 0, mode: 'real'}, {job_timeout: 2.5}].map(limit);
  expect(limits).toEqual([null, 600, null, 2.5]);
});

test('the policy and the ways to share jobs are those of the file', () => {
  const {plan} = compileBench({...SMOKE, n_concurrent: 4, fail_fast: true, resume: 'failed'});
  expect(plan.policy).toEqual({maxParallel: 4, failFast: true, resume: 'failed'});
  expect(plan.groupings).toMatchObject({case: ['task', 'trainer'], task: ['task'], seed: ['seed']});
});

test('the same task with the same arguments is one task', () => {
  const tasks = [
    'internal:numeric_param',
    {id: 'internal:numeric_param'},
    {id: 'internal:numeric_param', eval_kwargs: {x: 1}},
  ];
  expect(expandBench({tasks, trainers: ['NoOpTrainer']}).jobs).toHaveLength(2);
});

test('a secret among the arguments is refused, and the name of its variable is not', () => {
  const withArguments = (eval_kwargs: object): object => ({
    ...SMOKE,
    tasks: [{id: 'my:task', command: ['true'], eval_kwargs}],
  });
  expect(findProblems(withArguments({api_key_env: 'MY_KEY', api_key: null}))).toEqual([]);
  expect(findProblems(withArguments({api_key: 'abcdef'})).join('\n')).toContain(
    'tasks.0.eval_kwargs.api_key: found the key "api_key", expected no secrets in a config; put it into an environment',
  );
  expect(findProblems(withArguments({list: [`sk-${'a1'.repeat(12)}`]})).join('\n')).toContain(
    'tasks.0.eval_kwargs.list.0: found what looks like a secret',
  );
});

test('a matrix in real mode whose tasks or proposers ask a model has to name it', () => {
  const matrix = (more: object): string => JSON.stringify({...SMOKE, mode: 'real', ...more});
  expect(findProblems(matrix({}))).toEqual([expect.stringContaining('mode real without a model')]);
  const heuristic = [{id: 'PrioritySearch', optimizer: 'heuristic'}];
  const asking = [{id: 'internal:multiobjective_gsm8k'}];
  for (const trainers of [heuristic, [{id: 'mine', command: ['true']}]]) {
    expect(findProblems(matrix({trainers, tasks: asking}))).toEqual([
      expect.stringContaining('mode real without a model, which the task internal:multiobjective_gsm8k asks'),
    ]);
  }
  for (const more of [
    {trainers: heuristic, tasks: asking, llm: {provider: 'openai', model: 'm'}},
    {trainers: heuristic, tasks: asking, mode: 'stub'},
    {trainers: heuristic, tasks: [{...asking[0], command: ['true']}]},
    {llm: {provider: 'openai', model: 'm'}},
    {trainers: [{id: 'PrioritySearch', optimizer: 'heuristic'}]},
    {trainers: [{id: 'mine', command: ['true']}]},
    {mode: 'stub'},
  ]) {
    expect(findProblems(matrix(more))).toEqual([]);
  }
});
