import {expect, test} from 'vitest';

import {BenchWorkspace} from '../support/bench-workspace.ts';

const B4 = {
  tasks: ['internal:numeric_param', 'internal:multi_param'],
  trainers: ['PrioritySearch', 'NoOpTrainer'],
  seeds: [1],
};

test('list-tasks prints one id a line, of the suites that are asked for', async () => {
  const at = new BenchWorkspace(B4);
  at.put(
    'tasks/index.json',
    JSON.stringify([
      {key: 'a/b', module: 'm'},
      {key: 'c', wrapper: 'w'},
    ]),
  );
  at.put('folders/one/x.py', '');
  at.put('folders/two/x.py', '');
  const lines = async (...args: string[]): Promise<string[]> =>
    (await at.bench('list-tasks', ...args)).stdout.trimEnd().split('\n');
  const all = await lines('--root', 'tasks');
  expect(new Set(all.map(id => id.split(':')[0]))).toEqual(
    new Set(['internal', 'trace_examples', 'llm4ad', 'veribench']),
  );
  expect(await lines('--bench', 'internal')).toHaveLength(7);
  expect(await lines('--bench', 'llm4ad,internal', '--root', 'tasks')).toEqual(
    expect.arrayContaining(['llm4ad:a/b', 'llm4ad:c', 'internal:code_param']),
  );
  expect(await lines('--bench', 'llm4ad', '--root', 'folders')).toEqual(['llm4ad:one', 'llm4ad:two']);
  expect(await lines('--bench', 'veribench')).toEqual(['veribench:smoke_placeholder']);
  const bogus = await at.bench('list-tasks', '--bench', 'bogus');
  expect(bogus.exitCode).toBe(2);
  expect(bogus.stderr).toContain('allowed are internal, trace_examples, llm4ad, veribench');
});

test('list-trainers tells what can be used here, and with --all what cannot', async () => {
  const at = new BenchWorkspace(B4);
  const {stdout} = await at.bench('list-trainers');
  expect(stdout).toMatch(/^PrioritySearch\tavailable$/m);
  expect(stdout).not.toContain('unavailable');
  expect((await at.bench('list-trainers', '--all')).stdout).toMatch(/^DSPyTrainer\tunavailable$/m);
});

test('validate tells of every trainer and task whether it is fine', async () => {
  const at = new BenchWorkspace(B4);
  const {stdout, exitCode} = await at.bench('validate', '--config', 'm.yaml');
  expect(exitCode).toBe(0);
  expect(stdout).toContain('[OK] trainer PrioritySearch\n');
  expect(stdout).toContain('[OK] internal:numeric_param\n');
});

test.each([
  [{...B4, trainers: ['Nope']}, '[FAIL] trainer Nope'],
  [
    {...B4, trainers: [{id: 'PrioritySearch', ps_steps: 1, params: {ps_stepz: 1}}]},
    '[FAIL] unknown trainer kwarg ps_stepz',
  ],
  [{...B4, trainers: [{id: 'PrioritySearch', optimizer: 'Zzz'}]}, '[FAIL] optimizer not found: Zzz'],
  [{...B4, trainers: [{id: 'PrioritySearch', guide: 'Zzz'}]}, '[FAIL] guide not found: Zzz'],
  [{...B4, trainers: [{id: 'PrioritySearch', logger: 'Zzz'}]}, '[FAIL] logger not found: Zzz'],
  [{...B4, tasks: ['internal:nope']}, '[FAIL] task internal:nope'],
])('validate --strict refuses %#', async (matrix, expected) => {
  const {stdout, exitCode} = await new BenchWorkspace(matrix).bench('validate', 'm.yaml', '--strict');
  expect(stdout).toContain(expected);
  expect(exitCode).toBe(1);
});

test('a task that does not build fails the check, one whose suite is not here is skipped', async () => {
  const tasks = [{id: 'broken', command: ['node', '-e', 'process.exit(3)']}, 'veribench:smoke_placeholder'];
  const {stdout, exitCode} = await new BenchWorkspace({...B4, tasks}).bench('validate', 'm.yaml');
  expect(stdout).toContain('[FAIL] broken: ');
  expect(stdout).toContain('[SKIP] veribench:smoke_placeholder: ');
  expect(exitCode).toBe(1);
});

test('validate --strict prints the matrix and writes its manifest, which is no run', async () => {
  const tasks = [...B4.tasks, 'internal:non_trainable', 'veribench:smoke_placeholder'];
  const at = new BenchWorkspace({...B4, tasks, run_id: 'x'});
  const {stdout, exitCode} = await at.bench('validate', 'm.yaml', '--strict', '--runs-dir', 'out/v');
  expect(exitCode).toBe(0);
  expect(stdout).toContain('[EXPECTED] internal:non_trainable: no_trainable_parameters');
  expect(stdout).toContain('matrix: 8 jobs\n');
  expect(stdout.match(/^ {2}[0-9a-f]{12} {2}internal:multi_param {2}/gm)).toHaveLength(2);
  const [run = '', ...others] = at.runs('out/v');
  expect(others).toEqual([]);
  expect(run).not.toBe('x');
  const manifest = at.json('out/v', run, 'meta/manifest.json');
  expect(manifest).toMatchObject({kind: 'validation'});
  const hints = manifest.jobs.map(({task_id, status_hint}: any) => [task_id, status_hint]);
  expect(new Map(hints)).toEqual(
    new Map([
      ['internal:numeric_param', 'ok'],
      ['internal:multi_param', 'ok'],
      ['internal:non_trainable', 'failed'],
      ['veribench:smoke_placeholder', 'skipped'],
    ]),
  );
  expect(at.yaml('out/v', run, 'meta/config.snapshot.yaml')).toMatchObject({seeds: [1]});
});

test('mac plan tells the matrix, its time limits and its arguments', async () => {
  const at = new BenchWorkspace({...B4, seeds: [1, 2]});
  const limits = async (...mode: string[]): Promise<unknown> => {
    at.put(
      'm.yaml',
      JSON.stringify({
        ...B4,
        ...(mode.length > 0 ? {mode: 'real', llm: {provider: 'simulated', model: 'm'}} : {}),
        seeds: [1, 2],
      }),
    );
    const plan = JSON.parse((await at.mac(['plan', 'm.yaml', '--json'])).stdout);
    expect(plan).toMatchObject({frontend: 'bench', tasks: 8});
    expect(plan.axes.map(({values}: {values: unknown[]}) => values.length)).toEqual([2, 2, 1, 2]);
    return plan.task_list[0].timeout_seconds;
  };
  expect([await limits(), await limits('real')]).toEqual([null, 600]);
});

test('coverage has a line for every suite', async () => {
  const {stdout} = await new BenchWorkspace(B4).bench('coverage', 'm.yaml');
  for (const suite of ['internal', 'trace_examples', 'llm4ad', 'veribench']) expect(stdout).toContain(suite);
  expect(stdout).toMatch(/^internal +7 +7 +2$/m);
});
