import {mkdirSync, writeFileSync} from 'node:fs';
import {basename, join} from 'node:path';
import {expect, test} from 'vitest';

import {main} from '../../src/cli/main.ts';
import {startRun, renderResumeCommand} from '../../src/runs/open/prepare-run.ts';
import {parseTaskList} from '../../src/cli/options/arguments.ts';
import {refuseUnknownTasks} from '../../src/runs/task-ranges.ts';
import {listActiveRuns, readGridRun} from '../../src/record/grid/active-runs.ts';
import {createLayout} from '../../src/record/layout.ts';
import {toCaller} from '../../src/cli/io.ts';
import {aCommandIo} from '../support/command-io.ts';
import {makeWorkspace} from '../support/workspace.ts';

/** A grid of which nothing has run. */
async function unfinished(): Promise<{workspace: string; gridId: string; mac: typeof runHere}> {
  const workspace = makeWorkspace();
  const prepared = await startRun('config/c.yaml', {}, toCaller(aCommandIo(workspace).io));
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

test('the command to go on names the run, its snapshot where there are several, and the servers that it had', async () => {
  const {workspace, gridId} = await unfinished();
  const run = (await readGridRun(createLayout({workspace}), gridId))!;
  expect(renderResumeCommand([run], {})).toBe(`mac resume ${gridId}`);
  expect(renderResumeCommand([run, run], {})).toBe(`mac resume ${basename(run.grid_config_snapshot_path)}`);
  expect(renderResumeCommand([run], {profile: 'my lab', serverRestarts: 3})).toBe(
    `mac resume ${gridId} --local --profile 'my lab' --server-restarts=3`,
  );
});

test('mac logs wants the number of a task, and says so', async () => {
  const {exitCode, stderr} = await runHere(makeWorkspace(), ['logs', 'latest', 'abc']);
  expect(exitCode).toBe(2);
  expect(stderr).toContain('expected a whole number ≥ 0');
});
