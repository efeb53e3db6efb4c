import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';

import {BenchWorkspace} from '../support/bench-workspace.ts';

const SMOKE = {tasks: ['internal:numeric_param'], trainers: [{id: 'PrioritySearch', ps_steps: 1}], seeds: [1]};

test('mac bench run executes a matrix and prints the run and files that exist', async () => {
  const at = new BenchWorkspace(SMOKE);
  const {exitCode, stdout} = await at.bench('run', '--config', 'm.yaml');
  expect(exitCode).toBe(0);
  const [run = ''] = at.runs();
  expect(run).toMatch(/^\d{8}-\d{6}-[0-9a-f]{8}$/);
  expect(stdout).toContain(`run ${run}\n`);
  const paths = [...stdout.matchAll(/^ {2}\S.*? {2}(\/.*)$/gm)].map(([, path = '']) => path);
  expect(paths.length).toBeGreaterThanOrEqual(6);
  for (const path of paths) expect(existsSync(path), path).toBe(true);
  // Stub mode asks no model and changes nothing, but scores are real.
  expect(at.results(run, 0)).toMatchObject({status: 'ok', score_val_initial: -3, score_val: -3});
});

test('the snapshot of a run, run again, has the hash of the run, and nothing runs twice', async () => {
  const at = new BenchWorkspace(SMOKE);
  await at.bench('run', 'm.yaml');
  const [run = ''] = at.runs();
  const before = at.json('runs', run, 'meta/manifest.json');
  const {exitCode} = await at.mac(['run', join('runs', run, 'meta/config.snapshot.yaml')]);
  expect(exitCode).toBe(0);
  expect(at.runs()).toEqual([run]);
  const after = at.json('runs', run, 'meta/manifest.json');
  expect(after.config_hash).toBe(before.config_hash);
  expect(at.statuses(run)).toEqual(['reused']);
  expect(at.attempts(run)).toEqual([1]);
});

test('a JSON file runs as its YAML does', async () => {
  const at = new BenchWorkspace(
    'tasks: [internal:numeric_param]\nseed: 1\ntrainers: [{name: PrioritySearch, params: {ps_steps: 1}}]\n',
  );
  at.put('m.json', JSON.stringify(SMOKE));
  for (const file of ['m.yaml', 'm.json']) await at.bench('run', file, '--runs-dir', file.slice(2));
  const hashes = ['yaml', 'json'].map(dir => at.json(dir, at.runs(dir)[0] ?? '', 'meta/manifest.json').config_hash);
  expect(hashes[0]).toBe(hashes[1]);
});

test('a pinned run goes on: done jobs are reused, and results have one row a job however often', async () => {
  const at = new BenchWorkspace({...SMOKE, run_id: 'x', tasks: ['internal:numeric_param', 'internal:code_param']});
  await at.bench('run', 'm.yaml');
  expect(at.statuses('x')).toEqual(['ok', 'ok']);
  for (let i = 0; i < 3; i++) await at.bench('run', 'm.yaml');
  expect(at.statuses('x')).toEqual(['reused', 'reused']);
  expect(at.attempts('x')).toEqual([1, 1]);
  expect(at.text('runs/x/results.csv').trimEnd().split('\n')).toHaveLength(3);
  await at.bench('run', 'm.yaml', '--force');
  expect(at.statuses('x')).toEqual(['ok', 'ok']);
  expect(at.attempts('x')).toEqual([2, 2]);
  expect(at.text('runs/x/results.csv').trimEnd().split('\n')).toHaveLength(3);
});

test('auto runs what failed again, failed nothing but that, and both tell so', async () => {
  const tasks = ['internal:non_trainable', 'internal:numeric_param', 'internal:code_param'];
  const at = new BenchWorkspace({...SMOKE, run_id: 'x', tasks});
  const first = await at.bench('run', 'm.yaml', '--only', 'task=internal:non_trainable,internal:numeric_param');
  expect(first.exitCode).toBe(1);
  expect(at.statuses('x')).toEqual(['failed', 'ok', 'not_executed']);
  expect(at.json('runs/x/meta/manifest.json').jobs[0].feedback).toContain('no_trainable_parameters');
  await at.bench('run', 'm.yaml', '--resume', 'failed');
  expect(at.statuses('x')).toEqual(['failed', 'reused', 'not_executed']);
  expect(at.attempts('x')).toEqual([2, 1, null]);
  await at.bench('run', 'm.yaml');
  expect(at.statuses('x')).toEqual(['failed', 'reused', 'ok']);
  expect(at.attempts('x')).toEqual([3, 1, 1]);
});

test('--resume-latest finds the run of the same config by its hash, whatever its name', async () => {
  const at = new BenchWorkspace(SMOKE);
  await at.bench('run', 'm.yaml');
  const [run = ''] = at.runs();
  const again = await at.bench('run', 'm.yaml', '--resume-latest');
  expect(again.stdout).toContain(`run ${run}\n`);
  expect(at.runs()).toEqual([run]);
  expect(at.statuses(run)).toEqual(['reused']);
  at.put('m.yaml', JSON.stringify({...SMOKE, seeds: [2]}));
  const other = await at.bench('run', 'm.yaml', '--resume-latest');
  expect(other.stderr).toContain('a new one begins');
  expect(at.runs()).toHaveLength(2);
});

test('after a failure nothing more starts under fail_fast, and the rest is not executed', async () => {
  const tasks = ['internal:non_trainable', 'internal:numeric_param', 'internal:code_param'];
  const at = new BenchWorkspace({...SMOKE, run_id: 'x', tasks, fail_fast: true});
  const {exitCode} = await at.bench('run', 'm.yaml');
  expect(exitCode).toBe(1);
  expect(at.statuses('x')).toEqual(['failed', 'not_executed', 'not_executed']);
  expect(at.json('runs/x/summary.json').counts).toMatchObject({failed: 1, not_executed: 2});
});

test('every job starts afresh, whatever ran before it', async () => {
  const trainers = [{id: 'PrioritySearch', optimizer: 'heuristic', ps_steps: 4}];
  const at = new BenchWorkspace({...SMOKE, run_id: 'x', trainers, seeds: [1, 2, 3], max_workers: 2});
  expect((await at.bench('run', 'm.yaml')).exitCode).toBe(0);
  const rows = [0, 1, 2].map(index => at.results('x', index));
  expect(rows.map(({score_val_initial}) => score_val_initial)).toEqual([-3, -3, -3]);
  // The seed reaches what proposes.
  expect(new Set(rows.map(({score_val}) => score_val)).size).toBeGreaterThan(1);
  for (const {job_id} of rows) {
    const log = at.text('runs/x/jobs', job_id, 'stdout.log');
    expect(log.match(/^succeeded$/gm)).toHaveLength(1);
  }
});

test('a job that hangs is ended with everything that it started, and says so', async () => {
  const at = new BenchWorkspace({
    ...SMOKE,
    run_id: 'x',
    job_timeout: 1.5,
    tasks: [{id: 'hangs', command: ['sleep', '61.8034']}, 'internal:numeric_param'],
  });
  const {exitCode} = await at.bench('run', 'm.yaml');
  expect(exitCode).toBe(1);
  expect(at.statuses('x')).toEqual(['failed', 'ok']);
  expect(at.json('runs/x/meta/manifest.json').jobs[0].feedback).toMatch(/^job_timeout: /);
  const commands = readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(pid => readCommand(pid));
  expect(commands.filter(command => command.includes('61.8034'))).toEqual([]);
});

function readCommand(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

test('--logger none silences jobs and changes no ids; an unknown one is warned of and nothing changes', async () => {
  const at = new BenchWorkspace({...SMOKE, run_id: 'x'});
  await at.bench('run', 'm.yaml', '--logger', 'none');
  const [job] = at.json('runs/x/meta/manifest.json').jobs;
  expect(job.resolved_logger).toBe('NullLogger');
  expect(at.text('runs/x/jobs', job.job_id, 'scalars.jsonl')).toBe('');
  const other = await at.bench('run', 'm.yaml', '--logger', 'Zzz');
  expect(other.stderr).toContain('there is no logger Zzz');
  expect(at.statuses('x')).toEqual(['reused']);
  expect(at.json('runs/x/meta/manifest.json').jobs[0].job_id).toBe(job.job_id);
});

test('flags are in the snapshot, and secrets of the environment are not in any file', async () => {
  const at = new BenchWorkspace({...SMOKE, run_id: 'x'});
  const env = {OPENAI_API_KEY: 'sk-planted0123456789abcdef', MAC_NOTE: 'kept', UNRELATED: 'gone'};
  await at.mac(['bench', 'run', 'm.yaml', '--max-workers', '3', '--job-timeout', '30', '--runs-dir', 'out'], env);
  expect(at.yaml('out/x/meta/config.snapshot.yaml')).toMatchObject({max_workers: 3, job_timeout: 30, runs_dir: 'out'});
  const files = readdirSync(join(at.folder, 'out'), {recursive: true, withFileTypes: true}).filter(each =>
    each.isFile(),
  );
  expect(files.length).toBeGreaterThan(10);
  for (const {parentPath, name} of files) {
    expect(readFileSync(join(parentPath, name), 'utf8'), name).not.toContain('sk-planted');
  }
  expect(at.json('out/x/meta/env.json').env).toMatchObject({OPENAI_API_KEY: '***REDACTED***', MAC_NOTE: 'kept'});
  expect(at.json('out/x/meta/env.json').env).not.toHaveProperty('UNRELATED');
});

test('two runs that differ in nothing but the model are told as that, with their scores side by side', async () => {
  const at = new BenchWorkspace({...SMOKE, run_id: 'a', llm: {model: 'small'}});
  at.put('v.yaml', 'extends: m.yaml\nrun_id: b\nllm:\n  model: large\n');
  for (const file of ['m.yaml', 'v.yaml']) expect((await at.bench('run', file)).exitCode).toBe(0);
  const {stdout, exitCode} = await at.bench('diff', 'a', 'b', '--json');
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    same_config: false,
    same_llm: false,
    differences: [{path: 'llm.model', before: 'small', after: 'large'}],
    jobs: [{before: {score_val: -3}, after: {score_val: -3}, difference: 0}],
    mean_difference: 0,
  });
  expect((await at.bench('diff', 'a', 'b')).stdout).toContain('nothing but the model differs');
  expect((await at.bench('diff', 'a', 'nope')).exitCode).toBe(2);
});

test('TensorboardLogger writes event files into tb/, and the results name the folder', async () => {
  const at = new BenchWorkspace({
    ...SMOKE,
    run_id: 'x',
    trainers: [{id: 'PrioritySearch', logger: 'TensorboardLogger'}],
  });
  await at.bench('run', 'm.yaml');
  const {job_id, tb_logdir} = at.results('x', 0);
  expect(tb_logdir).toBe(`jobs/${job_id}/tb`);
  expect(readdirSync(join(at.folder, 'runs/x', tb_logdir))[0]).toContain('tfevents');
});
