import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {basename, join} from 'node:path';
import {expect, test} from 'vitest';

import {isStuck} from '../../src/cli/commands/status.ts';
import {main} from '../../src/cli/main.ts';
import {prepareFreshRun, resumeCommandOf} from '../../src/cli/prepare-run.ts';
import {parseTaskList, refuseUnknownTasks} from '../../src/cli/task-list.ts';
import {listActiveRuns, readGridRun} from '../../src/record/grid-run.ts';
import {createLayout} from '../../src/record/layout.ts';
import type {TaskStateName} from '../../src/slurm/join-states.ts';
import type {Submission} from '../../src/slurm/submission-file.ts';
import {aCommandIo} from '../support/command-io.ts';
import {makeWorkspace} from '../support/workspace.ts';

/** A grid of which nothing has run. */
async function unfinished(): Promise<{workspace: string; gridId: string; mac: typeof runHere}> {
  const workspace = makeWorkspace();
  const prepared = await prepareFreshRun('config/c.yaml', {}, aCommandIo(workspace).io);
  if ('exitCode' in prepared) throw new Error('the config was refused');
  return {workspace, gridId: prepared.gridIds[0]!, mac: runHere};
}

async function runHere(workspace: string, args: readonly string[]) {
  const {io, written} = aCommandIo(workspace);
  return {exitCode: await main(args, io), ...written};
}

test('a dry run of mac resume and of mac run can be read by machines', async () => {
  const {workspace, gridId, mac} = await unfinished();
  const resumed = await mac(workspace, ['resume', '--dry-run', '--json']);
  expect(resumed.exitCode).toBe(0);
  expect(JSON.parse(resumed.stdout)).toMatchObject({
    schema: 'mac.resume/1',
    dry_run: true,
    grids: [{grid_id: gridId, tasks: {done: 0}, unfinished: [{task_id: 0, status: 'pending', questions: null}]}],
  });
  const run = await mac(workspace, ['run', 'config/c.yaml', '--dry-run', '--json']);
  expect(JSON.parse(run.stdout)).toMatchObject({schema: 'mac.plan/1'});
  expect(run.stderr).toContain('nothing was written');
});

test('one task of a plan is printed as YAML or as JSON', async () => {
  const workspace = makeWorkspace();
  const {stdout} = await runHere(workspace, ['plan', 'config/c.yaml', '--task', '0', '--json']);
  expect(JSON.parse(stdout)).toMatchObject({experiment_metadata: {experiment_name: 'e_as-human'}});
  const yaml = await runHere(workspace, ['plan', 'config/c.yaml', '--task', '0']);
  expect(yaml.stdout).toMatch(/^experiment_metadata:\n {2}experiment_name: e_as-human\n/);
});

test('options that mean nothing where a grid runs are refused, not ignored', async () => {
  const {workspace, gridId, mac} = await unfinished();
  const here = await mac(workspace, ['resume', '--escalate', 'mem=2x', '--after-all', 'true']);
  expect(here.exitCode).toBe(2);
  expect(here.stderr).toContain('--escalate, --after-all: for jobs on Slurm');
  const {folder} = createLayout({workspace}).slurm(gridId);
  mkdirSync(folder, {recursive: true});
  writeFileSync(join(folder, 'submission_1.json'), '');
  const there = await mac(workspace, ['resume', '--max-parallel', '2']);
  expect(there.exitCode).toBe(2);
  expect(there.stderr).toMatch(/--max-parallel: for runs on this machine.*\n.*--local/);
});

test('tasks that are not there are named, and nothing is done for the others', async () => {
  const {workspace, gridId} = await unfinished();
  for (const args of [
    ['run', 'config/c.yaml', '--tasks', '0,99,0-3'],
    ['submit', 'config/c.yaml', '--tasks', '0,99,0-3'],
    ['resume', gridId, '--tasks', '0,99,0-3'],
    ['cancel', gridId, '--tasks', '0,99,0-3'],
  ]) {
    const {exitCode, stderr} = await runHere(workspace, args);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('there is no task 99,1-3\n  → tasks are numbered 0 to 0\n');
  }
  const {exitCode, stderr} = await runHere(workspace, ['logs', gridId, '1']);
  expect(exitCode).toBe(2);
  expect(stderr).toContain('there is no task 1');
  expect((await listActiveRuns(createLayout({workspace}))).length).toBe(1);
});

test('a list of tasks of a run of some may span gaps, but has to name a task with each of its parts', () => {
  const some = [2, 5, 6, 7];
  const refuse = (list: string) => () => refuseUnknownTasks(parseTaskList(list), some);
  expect(refuse('0-10,5')).not.toThrow();
  expect(refuse('2,3-4,8-9')).toThrow('there is no task 3-4,8-9');
  expect(refuse('3')).toThrow(expect.objectContaining({hint: 'the run has these tasks: 2,5-7'}));
});

test('an empty command after all is refused', async () => {
  const workspace = makeWorkspace();
  const {exitCode} = await runHere(workspace, ['submit', 'config/c.yaml', '--after-all', ' ']);
  expect(exitCode).toBe(2);
});

test('watching ends where only a person can go on', () => {
  const grid = (...names: TaskStateName[]) => [{states: names.map((state, task) => ({task, state}))}];
  expect(isStuck(grid('failed', 'done', 'lost'))).toBe(true);
  expect(isStuck(grid('failed', 'running'))).toBe(false);
  expect(isStuck(grid('failed', 'pending'))).toBe(false);
  expect(isStuck(grid('failed', 'unknown'))).toBe(false);
  expect(isStuck(grid('done', 'done'))).toBe(false);
  expect(isStuck([])).toBe(false);
});

test('jobs are cancelled also where the workspace cannot be written, and the job after all is named', async () => {
  const {workspace, gridId} = await unfinished();
  const layout = createLayout({workspace});
  const slurm = layout.slurm(gridId);
  const programs = join(workspace, 'programs');
  mkdirSync(programs);
  // What squeue says of one array and the job after it; and a scancel that notes what it was asked.
  const queue = [
    '31_[0-1]|PENDING|Priority||1:00|N/A|mac-abcd1234-0',
    '32|PENDING|Dependency||1:00|N/A|mac-abcd1234-after',
  ];
  for (const [name, text] of [
    ['squeue', `printf '${queue.join('\\n')}\\n'`],
    ['scancel', `echo "$@" >> '${join(workspace, 'cancelled')}'`],
  ] as const) {
    writeFileSync(join(programs, name), `#!/bin/sh\n${text}\n`, {mode: 0o755});
  }
  mkdirSync(slurm.folder, {recursive: true});
  const submission: Submission = {
    schema: 'mac.slurm-submission/1',
    grid_id: gridId,
    number: 1,
    token: 'abcd1234',
    created_at: '2025-01-02T00:00:00.000000Z',
    submitted_by: {user: 'ada', host: 'login1', pid: 7},
    profile: {},
    code: {version: '0.1.0', hash: 'ff', path: '/code'},
    node_path: process.execPath,
    workspace,
    experiment_root: null,
    environment: {values: {}, inherit: []},
    arrays: [
      {
        index: 0,
        name: 'mac-abcd1234-0',
        script: 'array_1_0.sbatch',
        tasks: {spec: '0-1', offset: 0},
        resources: {gpus: 0},
        state: 'submitted',
        job_id: '31',
      },
    ],
    after_all: {command: 'mac results', state: 'submitted', job_id: '32'},
  };
  writeFileSync(slurm.submission(1), JSON.stringify(submission));
  // A file where the folder of the lease has to be: also root cannot write there.
  writeFileSync(slurm.leases, '');
  const {io, written} = aCommandIo(workspace, {PATH: `${programs}:${process.env['PATH'] ?? ''}`});
  expect(await main(['cancel', gridId], io)).toBe(0);
  expect(readFileSync(join(workspace, 'cancelled'), 'utf8')).toBe('32\n31\n');
  expect(written.stderr).toMatch(/^warning: cannot write .*: jobs are cancelled without a record of it/);
  expect(written.stdout).toContain('cancelled 2 tasks (jobs 31, the job after all: 32)');
});

test('the command to go on names the run, its snapshot where there are several, and the servers that it had', async () => {
  const {workspace, gridId} = await unfinished();
  const run = (await readGridRun(createLayout({workspace}), gridId))!;
  expect(resumeCommandOf([run], {})).toBe(`mac resume ${gridId}`);
  expect(resumeCommandOf([run, run], {})).toBe(`mac resume ${basename(run.grid_config_snapshot_path)}`);
  expect(resumeCommandOf([run], {profile: 'my lab', serverRestarts: 3})).toBe(
    `mac resume ${gridId} --local --profile 'my lab' --server-restarts=3`,
  );
});

test('mac logs wants the number of a task, and says so', async () => {
  const {exitCode, stderr} = await runHere(makeWorkspace(), ['logs', 'latest', 'abc']);
  expect(exitCode).toBe(2);
  expect(stderr).toContain('expected a whole number ≥ 0');
});
