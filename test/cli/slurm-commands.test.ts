import {appendFileSync, existsSync, mkdirSync, readFileSync, utimesSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';

import {isStuck} from '../../src/cli/commands/slurm/status.ts';
import {toCaller, type CommandIo} from '../../src/cli/io.ts';
import {main} from '../../src/cli/main.ts';
import {checkRequest} from '../../src/runs/open/check-request.ts';
import {createRuns} from '../../src/runs/open/prepare-run.ts';
import {identifyExecutor} from '../../src/record/lease/executor-identity.ts';
import {acquireLease} from '../../src/record/lease/lease.ts';
import {createLayout, type Layout} from '../../src/record/layout.ts';
import type {ProfileOverrides} from '../../src/slurm/profile/profile-problems.ts';
import type {TaskStateName} from '../../src/slurm/state/join-states.ts';
import type {AfterAllJob, Submission, SubmittedArray} from '../../src/slurm/submission/submission-file.ts';
import {tryAcquireSubmitLease} from '../../src/slurm/submit/submit-lease.ts';
import {aProfile} from '../slurm/a-profile.ts';
import {aCommandIo} from '../support/command-io.ts';
import {makeWorkspace} from '../support/workspace.ts';

// What a real cluster does seldom, or nobody can ask of one: Slurm's commands are stand-ins here. All else is tried on
// a real Slurm, in test/integration.

/**
 * A grid of one task that was submitted as array 0 of submission abcd1234, on a machine where the given programs are
 * Slurm's commands.
 */
async function aSubmittedGrid({
  array,
  afterAll,
  profile = {},
  programs = {},
}: {
  readonly array: Pick<SubmittedArray, 'state' | 'job_id' | 'reason'>;
  readonly afterAll?: AfterAllJob;
  readonly profile?: ProfileOverrides;
  readonly programs?: Readonly<Record<string, string>>;
}): Promise<{
  workspace: string;
  gridId: string;
  layout: Layout;
  io: CommandIo;
  written: {stdout: string; stderr: string};
}> {
  const workspace = makeWorkspace();
  const request = await checkRequest('config/c.yaml', {}, toCaller(aCommandIo(workspace).io));
  const how = {submittedTo: 'slurm'} as const;
  const [created] = await createRuns('config/c.yaml', request, how, toCaller(aCommandIo(workspace).io));
  const gridId = created!.run.grid_id;
  const layout = createLayout({workspace});
  const slurm = layout.slurm(gridId);
  const submission: Submission = {
    schema: 'mac.slurm-submission/1',
    grid_id: gridId,
    number: 1,
    token: 'abcd1234',
    created_at: '2025-01-02T00:00:00.000000Z',
    submitted_by: {user: 'ada', host: 'login1', pid: 7},
    profile: {...(await aProfile(profile))},
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
        tasks: {spec: '0', offset: 0},
        resources: {gpus: 0},
        ...array,
      },
    ],
    ...(afterAll ? {after_all: afterAll} : {}),
  };
  mkdirSync(slurm.folder, {recursive: true});
  writeFileSync(slurm.submission(1), JSON.stringify(submission));
  const folder = join(workspace, 'programs');
  mkdirSync(folder);
  for (const [name, text] of Object.entries(programs)) {
    writeFileSync(join(folder, name), `#!/bin/sh\ncd '${workspace}'\n${text}\n`, {mode: 0o755});
  }
  const {io, written} = aCommandIo(workspace, {PATH: `${folder}:/usr/bin:/bin`});
  return {workspace, gridId, layout, io, written};
}

function printLines(...lines: readonly string[]): string {
  return `cat <<'END'\n${lines.join('\n')}\nEND`;
}

test('watching ends where only a person can go on', () => {
  const grid = (...names: TaskStateName[]) => ({
    grids: [{states: names.map((state, task) => ({task, state}))}],
    slurmSilence: undefined,
  });
  expect(isStuck(grid('failed', 'done', 'lost'))).toBe(true);
  expect(isStuck({...grid('failed'), slurmSilence: 'no controller'})).toBe(false);
  expect(isStuck(grid('failed', 'running'))).toBe(false);
  expect(isStuck(grid('failed', 'pending'))).toBe(false);
  expect(isStuck(grid('failed', 'unknown'))).toBe(false);
  expect(isStuck(grid('done', 'done'))).toBe(false);
  expect(isStuck({grids: [], slurmSilence: undefined})).toBe(false);
});

test('watching a grid of which nothing was submitted ends, unless somebody is submitting it', async () => {
  const {gridId, layout, io, written} = await aSubmittedGrid({array: {state: 'rejected', reason: 'no such partition'}});
  const claim = await tryAcquireSubmitLease(layout, gridId, io.clock);
  if (claim.kind === 'held') throw new Error('nobody has this lease');
  let looks = 0;
  const sleep = async (): Promise<void> => {
    looks++;
    if (looks === 3) await claim.lease.release();
  };
  const ended = await main(['status', '--watch'], {...io, clock: {...io.clock, sleep}});
  expect(ended).toBe(1);
  expect(looks).toBe(4);
  expect(written.stdout).toContain('1 not submitted   of 1');
  expect(written.stderr).toBe(
    'nothing is queued or running any more, and tasks are left: mac resume latest goes on with them\n',
  );
});

test('there is nothing to cancel of a grid that is finished', async () => {
  const workspace = makeWorkspace();
  const text = aCommandIo(workspace);
  expect(await main(['cancel', 'latest'], text.io)).toBe(0);
  expect(text.written.stdout).toBe('nothing to cancel: there is no unfinished grid in this workspace\n');
  const json = aCommandIo(workspace);
  expect(await main(['cancel', 'latest', '--json'], json.io)).toBe(0);
  expect(JSON.parse(json.written.stdout)).toEqual({schema: 'mac.cancel/1', grids: []});
  expect(await main(['cancel', 'unknown'], aCommandIo(workspace).io)).toBe(2);
});

test('of a run that was never submitted nothing is cancelled or written, who runs it is named, and it goes on here', async () => {
  const workspace = makeWorkspace();
  const {io, written} = aCommandIo(workspace);
  const request = await checkRequest('config/c.yaml', {}, toCaller(io));
  const [created] = await createRuns('config/c.yaml', request, {}, toCaller(io));
  const gridId = created!.run.grid_id;
  const layout = createLayout({workspace});
  expect(await main(['cancel', gridId], io)).toBe(0);
  expect(written.stdout).toBe(`${gridId}: nothing of it was submitted to Slurm, and nothing runs it\n`);
  const directory = join(layout.leases(gridId), '0');
  const claim = await acquireLease({directory, name: 'lease', clock: io.clock});
  const json = aCommandIo(workspace);
  expect(await main(['cancel', gridId, '--json'], json.io)).toBe(0);
  const {pid, host} = identifyExecutor();
  const executors = [{host, pid}];
  expect(JSON.parse(json.written.stdout)).toMatchObject({grids: [{grid_id: gridId, submitted: false, executors}]});
  const text = aCommandIo(workspace);
  expect(await main(['cancel', gridId], text.io)).toBe(0);
  expect(text.written.stdout).toContain(`kill ${pid} on ${host}`);
  if (claim.kind === 'acquired') await claim.lease.release();
  expect(existsSync(layout.slurm(gridId).folder)).toBe(false);
  // What earlier versions left of a cancellation is no submission.
  mkdirSync(layout.slurm(gridId).leases, {recursive: true});
  const resumed = aCommandIo(workspace);
  expect(await main(['resume', gridId, '--dry-run'], resumed.io)).toBe(0);
  expect(resumed.written.stdout).toContain('would be resumed');
});

test('jobs are cancelled also where the workspace cannot be written, and the job after all is named', async () => {
  const {workspace, gridId, layout, io, written} = await aSubmittedGrid({
    array: {state: 'submitted', job_id: '31'},
    afterAll: {command: 'mac results', state: 'submitted', job_id: '32'},
    programs: {
      squeue: printLines(
        '31_0|PENDING|Priority||1:00|N/A|mac-abcd1234-0',
        '32|PENDING|Dependency||1:00|N/A|mac-abcd1234-after',
      ),
      scancel: 'echo "$@" >> cancelled',
    },
  });
  // A file where the folder of the lease has to be: also root cannot write there.
  writeFileSync(layout.slurm(gridId).leases, '');
  expect(await main(['cancel', gridId], io)).toBe(0);
  expect(readFileSync(join(workspace, 'cancelled'), 'utf8')).toBe('32\n31\n');
  expect(written.stderr).toMatch(/^warning: cannot write .*: jobs are cancelled without a record of it/);
  expect(written.stdout).toContain('cancelled 1 tasks (jobs 31, the job after all: 32)');
});

test('a failure of accounting is said, with what it said, and what is known without it is shown', async () => {
  const {io, written} = await aSubmittedGrid({
    array: {state: 'submitted', job_id: '31'},
    programs: {squeue: 'true', sacct: 'echo "sacct: error: slurm_persist_conn_open: no route to dbd1" >&2; exit 1'},
  });
  expect(await main(['status'], io)).toBe(0);
  expect(written.stdout).toContain(
    '! accounting does not answer, so that causes may be missing (mac doctor checks it): slurm_persist_conn_open: no route to dbd1',
  );
  expect(written.stdout).toContain('1 lost   of 1');
});

test('of a running task is said when nothing was heard of its executor in this run of its job', async () => {
  const minutesAgo = (minutes: number): Date => new Date(Date.now() - minutes * 60_000);
  // squeue writes local times.
  const start = minutesAgo(60 + minutesAgo(60).getTimezoneOffset())
    .toISOString()
    .slice(0, 19);
  const {gridId, layout, io, written} = await aSubmittedGrid({
    array: {state: 'submitted', job_id: '31'},
    programs: {squeue: printLines(`31_0|RUNNING|None|n1|1:00|${start}|mac-abcd1234-0`)},
  });
  const folder = join(layout.leases(gridId), '0');
  mkdirSync(folder, {recursive: true});
  const statusWith = async (lastSign: Date, change: {jobId?: string; released?: boolean} = {}): Promise<string> => {
    const {jobId = '31', released = false} = change;
    const holder = {
      ...identifyExecutor({SLURM_ARRAY_JOB_ID: jobId, SLURM_ARRAY_TASK_ID: '0'}),
      host: 'n1',
    };
    const path = join(folder, 'lease.1.json');
    writeFileSync(path, JSON.stringify({schema: 'mac.lease/1', number: 1, holder, beat: 9, released}));
    utimesSync(path, lastSign, lastSign);
    written.stdout = '';
    expect(await main(['status'], io)).toBe(0);
    expect(written.stdout).toContain('1 running   of 1');
    return written.stdout;
  };
  expect(await statusWith(minutesAgo(7.5))).toContain('on n1; 1:00 left; no sign of life for 7 min');
  expect(await statusWith(minutesAgo(1))).not.toContain('sign of life');
  expect(await statusWith(minutesAgo(61))).not.toContain('sign of life');
  expect(await statusWith(minutesAgo(7.5), {jobId: '30'})).not.toContain('sign of life');
  expect(await statusWith(minutesAgo(7.5), {released: true})).not.toContain('sign of life');
});

/** A cluster that says nothing of itself, and takes everything. */
const SILENT_CLUSTER = {sbatch: 'true', sinfo: 'true', scontrol: 'true'};

test('tasks that ran into their time limit get more of it when that is asked for', async () => {
  const {io, written} = await aSubmittedGrid({
    array: {state: 'submitted', job_id: '31'},
    profile: {time: '01:00:00'},
    programs: {
      ...SILENT_CLUSTER,
      squeue: printLines('31_0|TIMEOUT|TimeLimit|n1|0:00|2025-01-01T00:00:00|mac-abcd1234-0'),
    },
  });
  expect(await main(['resume', '--dry-run', '--json', '--escalate', 'time=2x'], io)).toBe(0);
  const [grid] = JSON.parse(written.stdout).grids;
  expect(grid.arrays.map((array: any) => array.resources)).toEqual([{gpus: 0, time: '02:00:00'}]);
});

test('a config that is submitted again is no mistake, but what is unfinished of it is named', async () => {
  const {gridId, io, written, workspace} = await aSubmittedGrid({
    array: {state: 'submitted', job_id: '31'},
    programs: SILENT_CLUSTER,
  });
  expect(await main(['submit', 'config/c.yaml', '--dry-run'], io)).toBe(0);
  expect(written.stderr).toContain(
    `note: ${gridId} has this config too and is not finished: mac resume ${gridId} goes on with it\n`,
  );
  written.stderr = '';
  const {io: again} = aCommandIo(workspace);
  const request = await checkRequest('config/c.yaml', {}, toCaller(again));
  const [second] = await createRuns('config/c.yaml', request, {submittedTo: 'slurm'}, toCaller(again));
  const newer = second!.run.grid_id;
  expect(await main(['submit', 'config/c.yaml', '--dry-run'], io)).toBe(0);
  expect(written.stderr).toContain(
    `note: 2 unfinished grids have this config, newest ${newer} (mac resume ${newer} goes on with it; mac ls lists them)\n`,
  );
  expect(written.stderr.match(/note:/g)?.length).toBe(1);
  written.stderr = '';
  appendFileSync(join(workspace, 'config/c.yaml'), '# another one\n');
  expect(await main(['submit', 'config/c.yaml', '--dry-run'], io)).toBe(0);
  expect(written.stderr).not.toContain('note:');
});
