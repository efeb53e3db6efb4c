import {expect, test} from 'vitest';

import type {Clock} from '../../src/core/clock.ts';
import {createLayout, type Layout} from '../../src/record/layout.ts';
import {acquireLease} from '../../src/record/lease/lease.ts';
import type {RunSlurm, SlurmAnswer} from '../../src/slurm/cluster/client.ts';
import {settleSubmissions} from '../../src/slurm/submit/reconcile.ts';
import {submitArrays, type SubmitContext} from '../../src/slurm/submit/submit-arrays.ts';
import {createSubmission, readSubmissions, type Submission} from '../../src/slurm/submission/submission-file.ts';
import {listElements} from '../../src/slurm/submission/array-spec.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

/*
 * Submitting is killed at every instant between two of its effects, with a controller that answers, that takes a job
 * and does not say so, or that takes none. The controller is a list here, because no real one can be stopped at an
 * exact instruction; test/integration/slurm-submit.test.ts uses a real one.
 */

const GRID = '20251210T090807.123Z_7';

class Killed extends Error {}

/** The behaviour of sbatch at each call; after the last, it answers. */
type Mood = 'answers' | 'takes it and times out' | 'times out' | 'cannot be reached' | 'takes it and is killed';

class FakeController {
  readonly jobs: {id: string; name: string}[] = [];
  readonly moods: Mood[];
  #next = 100;

  constructor(moods: readonly Mood[]) {
    this.moods = [...moods];
  }

  sbatch(args: readonly string[]): SlurmAnswer {
    const name = /^--job-name=(.*)$/.exec(args.find(arg => arg.startsWith('--job-name='))!)![1]!;
    const mood = this.moods.shift() ?? 'answers';
    const id = String(this.#next++);
    if (mood === 'answers' || mood.startsWith('takes it')) this.jobs.push({id, name});
    const says = (stderr: string, exitCode: number | null = 1) => ({stdout: '', stderr, exitCode, timedOut: false});
    switch (mood) {
      case 'answers':
        return {stdout: `${id}\n`, stderr: '', exitCode: 0, timedOut: false};
      case 'takes it and times out':
      case 'times out':
        return says('sbatch: error: Batch job submission failed: Socket timed out on send/recv operation');
      case 'cannot be reached':
        return says('sbatch: error: Batch job submission failed: Unable to contact slurm controller (connect failure)');
      case 'takes it and is killed':
        return says('', null);
    }
  }

  squeue(args: readonly string[]): SlurmAnswer {
    const names = args
      .find(arg => arg.startsWith('--name='))!
      .slice('--name='.length)
      .split(',');
    const lines = this.jobs
      .filter(({name}) => names.includes(name))
      .map(({id, name}) => `${id}_[0-1]|PENDING|Priority||1:00:00|N/A|${name}`);
    return {stdout: lines.join('\n'), stderr: '', exitCode: 0, timedOut: false};
  }
}

let sleptMs = 0;
const clock: Clock = {
  now: () => 1_765_357_687_000 + sleptMs,
  monotonic: () => sleptMs,
  sleep: ms => {
    sleptMs += ms;
    return Promise.resolve();
  },
};

function submission(number: number, token: string, tasks: readonly number[]): Submission {
  return {
    schema: 'mac.slurm-submission/1',
    grid_id: GRID,
    number,
    token,
    created_at: '2025-12-10T09:08:07.123456Z',
    submitted_by: {user: 'ada', host: 'login1', pid: 7},
    profile: {},
    code: {version: '0.1.0', hash: 'ff', path: '/code'},
    node_path: '/usr/bin/node',
    workspace: '/w',
    experiment_root: null,
    environment: {values: {}, inherit: []},
    arrays: tasks
      .filter((_, i) => i % 2 === 0)
      .map((first, index) => ({
        index,
        name: `mac-${token}-${index}`,
        script: `array_${number}_${index}.sbatch`,
        tasks: {spec: tasks.includes(first + 1) ? '0-1' : '0', offset: first},
        resources: {gpus: 0},
        state: 'intended',
      })),
    after_all: {command: 'true', state: 'intended'},
  };
}

/** Everything that has an effect outside of the process counts down; at zero the process is gone. */
function mortal(layout: Layout, controller: FakeController, lifetime: number): {layout: Layout; run: RunSlurm} {
  let left = lifetime;
  const step = (): void => {
    if (left-- === 0) throw new Killed('killed');
  };
  const run: RunSlurm = (program, args) => {
    if (program === 'sacct')
      return Promise.resolve({
        stdout: '',
        stderr: 'Slurm accounting storage is disabled',
        exitCode: 1,
        timedOut: false,
      });
    if (program === 'scancel') throw new Error('nothing is ever there twice');
    if (program === 'squeue') return Promise.resolve(controller.squeue(args));
    step();
    const answer = controller.sbatch(args);
    step();
    return Promise.resolve(answer);
  };
  const slurm: Layout['slurm'] = gridId => {
    const folder = layout.slurm(gridId);
    return {
      ...folder,
      submission: number => {
        step();
        return folder.submission(number);
      },
    };
  };
  return {layout: {...layout, slurm}, run};
}

async function contextOf(parts: {layout: Layout; run: RunSlurm}): Promise<SubmitContext & {end: () => Promise<void>}> {
  const claim = await acquireLease({directory: parts.layout.slurm(GRID).leases, name: 'submit', clock, staleMs: 0});
  if (claim.kind !== 'acquired') throw new Error('the lease is held');
  return {
    ...parts,
    clock,
    random: () => 0.5,
    lease: claim.lease,
    patienceMs: 60_000,
    onNote: () => undefined,
    end: () => claim.lease.release(),
  };
}

const MOODS: readonly Mood[][] = [
  [],
  ['takes it and times out'],
  ['times out'],
  ['cannot be reached'],
  ['takes it and is killed', 'takes it and times out'],
  ['answers', 'times out', 'takes it and times out'],
];

test.each(MOODS.map(moods => [moods.join(', then ') || 'always answers', moods] as const))(
  'a controller that %s and a kill at every instant: after mac resume every task is in exactly one job',
  async (_title, moods) => {
    let kills = 0;
    for (let lifetime = 0; ; lifetime++) {
      const layout = createLayout({workspace: temporaryFolder()});
      const controller = new FakeController(moods);
      const first = submission(1, 'aaaaaaaa', [0, 1, 2, 3, 4]);
      await createSubmission(layout, first);

      const doomed = await contextOf(mortal(layout, controller, lifetime));
      const wasKilled = await submitArrays(doomed, first).then(
        () => false,
        (error: unknown) => {
          if (error instanceof Killed) return true;
          throw error;
        },
      );
      await doomed.end();
      if (wasKilled) kills++;

      const resume = await contextOf(mortal(layout, controller, Infinity));
      const settled = await settleSubmissions(resume, GRID);
      expect(settled.silence).toBeUndefined();
      const known = settled.submissions.flatMap(({arrays, after_all: after}) => [
        ...arrays.flatMap(({job_id: id}) => id ?? []),
        ...(after?.job_id === undefined ? [] : [after.job_id]),
      ]);
      expect(known.sort(), `killed at ${lifetime}`).toEqual(controller.jobs.map(({id}) => id).sort());

      const has = new Set(
        settled.submissions.flatMap(({arrays}) =>
          arrays
            .filter(({job_id: id}) => id !== undefined)
            .flatMap(({tasks}) => listElements(tasks).flatMap(each => each.tasks)),
        ),
      );
      const second = submission(
        2,
        'bbbbbbbb',
        [0, 1, 2, 3, 4].filter(task => !has.has(task)),
      );
      await createSubmission(layout, second);
      controller.moods.length = 0;
      await submitArrays(resume, second);
      await resume.end();

      const {submissions} = await readSubmissions(layout, GRID);
      const arrays = submissions.flatMap(each => each.arrays);
      const queued = controller.jobs.flatMap(({name}) => {
        const array = arrays.find(each => each.name === name);
        return array ? listElements(array.tasks).flatMap(({tasks}) => tasks) : [];
      });
      expect(queued.sort(), `killed at ${lifetime}`).toEqual([0, 1, 2, 3, 4]);
      if (!wasKilled) break;
    }
    expect(kills).toBeGreaterThan(10);
  },
);

test('a controller that cannot be asked leaves everything as it is', async () => {
  const layout = createLayout({workspace: temporaryFolder()});
  const first = submission(1, 'aaaaaaaa', [0, 1]);
  await createSubmission(layout, {...first, arrays: first.arrays.map(array => ({...array, state: 'submitting'}))});
  const run: RunSlurm = () =>
    Promise.resolve({stdout: '', stderr: 'slurm_load_jobs error: Socket timed out', exitCode: 1, timedOut: false});
  const context = await contextOf({layout, run});
  const {submissions, silence} = await settleSubmissions(context, GRID);
  expect(silence).toBe('Socket timed out');
  expect(submissions[0]?.arrays[0]?.state).toBe('submitting');
  await context.end();
});

test('a limit defers the arrays that are left, and the job after all of them', async () => {
  const layout = createLayout({workspace: temporaryFolder()});
  const first = submission(1, 'aaaaaaaa', [0, 1, 2, 3, 4]);
  await createSubmission(layout, first);
  let calls = 0;
  const run: RunSlurm = () => {
    calls++;
    return Promise.resolve(
      calls === 1
        ? {stdout: '7', stderr: '', exitCode: 0, timedOut: false}
        : {stdout: '', stderr: 'sbatch: error: QOSMaxSubmitJobPerUserLimit', exitCode: 1, timedOut: false},
    );
  };
  const context = await contextOf({layout, run});
  const done = await submitArrays(context, first);
  expect(done.arrays.map(({state}) => state)).toEqual(['submitted', 'deferred', 'deferred']);
  expect(done.after_all?.state).toBe('deferred');
  expect(calls).toBe(2);
  await context.end();
});

test('a job after all arrays that is still owed is submitted alone: after the jobs that live, or at once', async () => {
  const layout = createLayout({workspace: temporaryFolder()});
  const calls: (readonly string[])[] = [];
  const run: RunSlurm = (_program, args) => {
    calls.push(args);
    return Promise.resolve({stdout: '9', stderr: '', exitCode: 0, timedOut: false});
  };
  const context = await contextOf({layout, run});
  for (const [number, also_after] of [[1, ['5', '6']] as const, [2, []] as const]) {
    const owed = {
      ...submission(number, 'aaaaaaaa', []),
      after_all: {command: 'true', also_after, state: 'intended'},
    } as const;
    await createSubmission(layout, owed);
    expect((await submitArrays(context, owed)).after_all).toMatchObject({state: 'submitted', job_id: '9'});
  }
  expect(calls.map(args => args.find(arg => arg.startsWith('--dependency')))).toEqual([
    '--dependency=afterany:5,afterany:6',
    undefined,
  ]);
  await context.end();
});
