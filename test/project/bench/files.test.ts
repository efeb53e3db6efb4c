import {createHash} from 'node:crypto';
import {existsSync, readFileSync, readdirSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';

import {expandBench} from '../../plan/bench/a-matrix.ts';
import {ABenchRun} from './a-bench-run.ts';

const FOUR = {
  tasks: ['internal:numeric_param', 'internal:multi_param'],
  trainers: [{id: 'PrioritySearch', params: {ps_steps: 2}}, 'NoOpTrainer'],
  seeds: [1],
  tags: ['t'],
  llm: {provider: 'openai', model: 'm', base_url: 'http://h/v1', api_key_env: 'MY_KEY'},
};

const COLUMNS =
  'run_id job_id task_id suite trainer_id seed status score_val_initial score_val_final score_val score_test ' +
  'time_seconds resolved_optimizer resolved_guide resolved_logger resolved_trainer_kwargs resolved_optimizer_kwargs ' +
  'resolved_guide_kwargs resolved_logger_kwargs eval_kwargs feedback llm_provider llm_model llm_base_url token_scope ' +
  'prompt_tokens completion_tokens total_tokens initial_state_path best_state_path final_state_path ' +
  'state_history_path tb_logdir';

test('every file of a run is there, and what is shown exists', async () => {
  const run = new ABenchRun(FOUR);
  for (const index of [0, 1, 2, 3]) run.record(index);
  const shown = await run.write();
  for (const {path} of shown) expect(existsSync(path)).toBe(true);
  expect(shown.map(({label}) => label)).toEqual([
    'config snapshot',
    'manifest',
    'results',
    'summary',
    'leaderboard',
    'environment',
    'files index',
  ]);
  expect(readdirSync(join(run.folder, 'meta')).sort()).toEqual([
    'config.snapshot.yaml',
    'env.json',
    'files_index.json',
    'git.json',
    'manifest.json',
  ]);
  expect(readdirSync(join(run.folder, 'jobs', run.jobId(0))).sort()).toEqual(['job_meta.json', 'results.json']);
});

test('results.csv has its columns in their order, and kwargs as JSON', async () => {
  const run = new ABenchRun(FOUR);
  run.record(0, {tokens: {prompt: 5, completion: 2, total: 7}});
  await run.write();
  const [header = [], row = []] = run.csv('results.csv');
  expect(header.join(' ')).toBe(COLUMNS);
  const cells = Object.fromEntries(header.map((name, i) => [name, row[i]]));
  expect(cells).toMatchObject({
    run_id: 'r1',
    job_id: run.jobId(0),
    task_id: 'internal:numeric_param',
    suite: 'internal',
    trainer_id: 'PrioritySearch',
    seed: '1',
    status: 'ok',
    score_val: '-1',
    score_test: '',
    time_seconds: '2',
    llm_provider: 'openai',
    llm_model: 'm',
    llm_base_url: 'http://h/v1',
    total_tokens: '7',
    feedback: 'closer',
  });
  expect(JSON.parse(cells['resolved_trainer_kwargs'] ?? '')).toMatchObject({num_steps: 2, num_epochs: 1});
});

test('results.json and job_meta.json have kwargs as mappings, and job_meta is the entry of the manifest', async () => {
  const run = new ABenchRun(FOUR);
  run.record(0);
  await run.write();
  expect(run.json(`jobs/${run.jobId(0)}/results.json`)).toMatchObject({
    score_val: -1,
    feedback: 'closer',
    time_seconds: 2,
    source: 'native',
    resolved_trainer_kwargs: {num_steps: 2},
  });
  const entry: object = run.json('meta/manifest.json').jobs[0];
  expect(run.json(`jobs/${run.jobId(0)}/job_meta.json`)).toMatchObject(entry);
  expect(entry).toMatchObject({raw_params: {ps_steps: 2}, resolved_trainer_kwargs: {num_steps: 2}});
});

test('the manifest has the hashes, the kind, and every field of a job', async () => {
  const run = new ABenchRun(FOUR);
  run.record(0);
  await run.write();
  const {config_hash, llm_hash} = expandBench(FOUR);
  const manifest = run.json('meta/manifest.json');
  expect(manifest).toMatchObject({run_id: 'r1', kind: 'run', config_hash, llm_hash, tags: ['t']});
  expect(manifest.jobs).toHaveLength(4);
  for (const name of (
    'job_id task_id suite trainer_id seed raw_params resolved_optimizer resolved_guide resolved_logger ' +
    'resolved_trainer_kwargs resolved_optimizer_kwargs resolved_guide_kwargs resolved_logger_kwargs eval_kwargs ' +
    'status feedback llm token_scope prompt_tokens completion_tokens total_tokens state_files'
  ).split(' ')) {
    expect(manifest.jobs[0]).toHaveProperty(name);
  }
});

test('a job that did not run is in the manifest with the reason, and has no row', async () => {
  const run = new ABenchRun(FOUR);
  run.record(0);
  run.record(1, {status: 'cancelled', reason: 'an earlier job failed'});
  await run.write();
  const jobs = run.json('meta/manifest.json').jobs;
  expect(jobs.map(({status}: {status: string}) => status)).toEqual([
    'ok',
    'not_executed',
    'not_executed',
    'not_executed',
  ]);
  expect(jobs[1].skip_reason).toBe('an earlier job failed');
  expect(run.csv('results.csv')).toHaveLength(2);
  expect(existsSync(join(run.folder, 'jobs', run.jobId(2)))).toBe(false);
});

test('a job that ran out of time is failed with job_timeout', async () => {
  const run = new ABenchRun({...FOUR, job_timeout: 2});
  run.record(0, {status: 'timeout', metrics: {}, result: {}});
  await run.write();
  expect(run.json('meta/manifest.json').jobs[0]).toMatchObject({
    status: 'failed',
    feedback: expect.stringMatching(/^job_timeout: /),
  });
});

test('jobs that an earlier run did are reused in the manifest, and their rows stay ok', async () => {
  const run = new ABenchRun(FOUR);
  for (const index of [0, 1, 2, 3]) run.record(index);
  run.record(3, {status: 'failed', reason: 'broken', result: {}, grid_id: 'g2'});
  await run.write({gridId: 'g2'});
  const statuses = run.json('meta/manifest.json').jobs.map(({status}: {status: string}) => status);
  expect(statuses).toEqual(['reused', 'reused', 'reused', 'failed']);
  expect(run.csv('results.csv').map(row => row[6])).toEqual(['status', 'ok', 'ok', 'ok', 'failed']);
  expect(run.json('summary.json')).toMatchObject({reused: 3});
});

test('a record of other examples is no result of a job', async () => {
  const run = new ABenchRun(FOUR);
  run.record(0, {task_key: 'another'});
  await run.write();
  expect(run.json('meta/manifest.json').jobs[0]).toMatchObject({status: 'not_executed'});
});

test('counts add up to the jobs, and tokens to those of the rows', async () => {
  const run = new ABenchRun(FOUR);
  run.record(0, {tokens: {prompt: 5, completion: 2, total: 7}});
  run.record(1, {status: 'failed', tokens: {prompt: 1, completion: 1, total: 2}});
  run.record(2, {status: 'skipped', reason: 'no python'});
  await run.write();
  const summary = run.json('summary.json');
  expect(summary.counts).toEqual({ok: 1, failed: 1, skipped: 1, not_executed: 1});
  expect(summary).toMatchObject({
    total_jobs: 4,
    token_totals: {prompt_tokens: 6, completion_tokens: 3, total_tokens: 9},
  });
  run.record(3, {status: 'started'});
  await run.write();
  const counts: number[] = Object.values(run.json('summary.json').counts);
  expect(counts.reduce((a, b) => a + b)).toBe(4);
});

test('numbers are never hidden whatever their name, and secrets never stay', async () => {
  const run = new ABenchRun({...FOUR, eval_kwargs: {max_tokens: 5, hf_token: 'plain-words'}});
  run.env['MY_KEY'] = 'quite-unusual-value';
  run.record(0, {
    tokens: {prompt: 5, completion: 2, total: 7},
    result: {feedback: 'used quite-unusual-value and sk-abcdefghijklmnopqrstu'},
  });
  await run.write();
  for (const name of [
    'results.csv',
    'meta/manifest.json',
    'meta/config.snapshot.yaml',
    `jobs/${run.jobId(0)}/results.json`,
  ]) {
    expect(run.text(name)).not.toMatch(/quite-unusual-value|sk-abcdef|plain-words/);
  }
  expect(run.json('summary.json').token_totals.total_tokens).toBe(7);
  expect(run.json('meta/manifest.json').jobs[0]).toMatchObject({
    total_tokens: 7,
    token_scope: 'job',
    eval_kwargs: {max_tokens: 5, hf_token: '***REDACTED***'},
  });
});

test('env.json has listed variables only, masked by name, and stays that of the run', async () => {
  const run = new ABenchRun(FOUR);
  Object.assign(run.env, {OPENAI_API_KEY: 'abc', UNRELATED: 'x', MAC_SEED: '1', OPENAI_BASE_URL: 'http://u:pw@h/'});
  await run.write();
  const {env, runtime, captured_at} = run.json('meta/env.json');
  expect(env).toEqual({MAC_SEED: '1', OPENAI_API_KEY: '***REDACTED***', OPENAI_BASE_URL: 'http://***@h/'});
  expect(runtime).toEqual({version: process.version, platform: `${process.platform}-${process.arch}`});
  expect(captured_at).toMatch(/Z$/);
  run.env['MAC_SEED'] = '2';
  await run.write();
  expect(run.json('meta/env.json').env.MAC_SEED).toBe('1');
  await run.write({gridId: 'g2'});
  expect(run.json('meta/env.json').env.MAC_SEED).toBe('2');
});

test('git.json has the commit and whether the tree was dirty; outside of a checkout nothing is made up', async () => {
  const run = new ABenchRun(FOUR);
  await run.write();
  expect(run.json('meta/git.json')).toMatchObject({
    repo_root: '/code',
    commit: 'c'.repeat(40),
    branch: 'main',
    dirty: true,
  });
  await run.write({git: null, gridId: 'g2'});
  expect(run.json('meta/git.json')).toMatchObject({commit: null, dirty: null});
});

test('files_index.json lists files that exist, with their size and hash', async () => {
  const run = new ABenchRun(FOUR);
  run.record(0);
  run.put(0, 'stdout.log', 'hello\n');
  run.put(0, 'artifacts/best_state.yaml', 'a: 1\n');
  const check = (): string[] => {
    const {canonical_files, jobs} = run.json('meta/files_index.json');
    const files = [canonical_files, ...jobs.map(({files: each}: {files: object}) => each)].flatMap(group =>
      Object.values(group as Record<string, {path: string; size: number; sha256: string}>),
    );
    for (const {path, size, sha256} of files) {
      const bytes = readFileSync(join(run.folder, path));
      expect([bytes.length, createHash('sha256').update(bytes).digest('hex')]).toEqual([size, sha256]);
    }
    return files.map(({path}) => path);
  };
  await run.write();
  const paths = check();
  expect(paths).toEqual(
    expect.arrayContaining(['results.csv', 'meta/manifest.json', `jobs/${run.jobId(0)}/stdout.log`]),
  );
  expect(paths).not.toContain(`jobs/${run.jobId(1)}/stdout.log`);
  run.put(0, 'stdout.log', 'hello again\n');
  await run.write();
  check();
  expect(run.json(`jobs/${run.jobId(0)}/results.json`).best_state_path).toBe(
    `jobs/${run.jobId(0)}/artifacts/best_state.yaml`,
  );
});

test('the snapshot, run again, has the hash of the run', async () => {
  const run = new ABenchRun(FOUR);
  await run.write();
  const again = expandBench(run.text('meta/config.snapshot.yaml'));
  expect([again.run_id, again.config_hash]).toEqual(['r1', run.json('meta/manifest.json').config_hash]);
});

test('files that are made again from the same records are the same, apart from the time', async () => {
  const run = new ABenchRun(FOUR);
  for (const index of [0, 1, 2]) run.record(index);
  await run.write();
  const before = run.text('results.csv');
  for (let i = 0; i < 3; i++) await run.write();
  expect(run.text('results.csv')).toBe(before);
  expect(run.csv('results.csv')).toHaveLength(4);
});

test('a check of a file writes a manifest of its own kind, and no results', async () => {
  const run = new ABenchRun(FOUR);
  await run.write({}, 'validation');
  expect(run.json('meta/manifest.json')).toMatchObject({kind: 'validation'});
  expect(existsSync(join(run.folder, 'meta/config.snapshot.yaml'))).toBe(true);
  expect(existsSync(join(run.folder, 'results.csv'))).toBe(false);
});

test('a job that removed its own folder, and a file in the place of one, leave the files of the others as they are', async () => {
  const run = new ABenchRun(FOUR);
  for (const index of [0, 1, 2, 3]) run.record(index);
  await run.write();
  const jobs = readdirSync(join(run.folder, 'jobs'));
  rmSync(join(run.folder, 'jobs', jobs[0]!), {recursive: true});
  rmSync(join(run.folder, 'results.csv'));
  await run.write();
  expect(run.csv('results.csv')).toHaveLength(5);
  expect(existsSync(join(run.folder, 'jobs', jobs[0]!, 'job_meta.json'))).toBe(true);
});
