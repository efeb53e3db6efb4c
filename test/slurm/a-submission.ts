import type {Clock} from '../../src/core/clock.ts';
import type {QueueRow} from '../../src/slurm/cluster/parse-queue.ts';
import type {RunSlurm, SlurmAnswer, SlurmProgram} from '../../src/slurm/cluster/client.ts';
import type {ElementAttempt, ElementRecord} from '../../src/slurm/submission/element-file.ts';
import type {Submission, SubmittedArray} from '../../src/slurm/submission/submission-file.ts';

export function array(change: Partial<SubmittedArray> = {}): SubmittedArray {
  return {
    index: 0,
    name: 'mac-aaaaaaaa-0',
    script: 'array_1_0.sbatch',
    tasks: {spec: '0-3', offset: 0},
    resources: {gpus: 0},
    state: 'submitted',
    job_id: '12',
    ...change,
  };
}

export function submission(number: number, arrays: readonly SubmittedArray[]): Submission {
  return {
    schema: 'mac.slurm-submission/1',
    grid_id: 'g',
    number,
    token: 'aaaaaaaa',
    created_at: '2025-12-10T09:08:07.123456Z',
    submitted_by: {user: 'ada', host: 'login1', pid: 7},
    profile: {},
    code: {version: '0.1.0', hash: 'ff', path: '/code'},
    node_path: '/usr/bin/node',
    workspace: '/w',
    experiment_root: null,
    environment: {values: {}, inherit: []},
    arrays,
  };
}

export function row(element: number, state: string, change: Partial<QueueRow> = {}): QueueRow {
  return {
    jobId: '12',
    element,
    name: 'mac-aaaaaaaa-0',
    state,
    reason: 'None',
    node: '',
    timeLeft: '',
    startAt: '',
    ...change,
  };
}

export function attempt(change: Partial<ElementAttempt> = {}): ElementAttempt {
  return {
    restart_count: 0,
    node: 'n1',
    gpus: null,
    started_at: '2025-12-10T09:08:07.123456Z',
    ended_at: '2025-12-10T09:09:07.123456Z',
    questions: {done: 0, total: 4},
    servers: [],
    ...change,
  };
}

export function element(number: number, ...attempts: readonly ElementAttempt[]): ElementRecord {
  return {
    schema: 'mac.slurm-element/1',
    grid_id: 'g',
    submission: 1,
    array: 0,
    job_id: '12',
    element: number,
    tasks: [number],
    attempts,
  };
}

/** A line of squeue in our format. */
export function queueLine(id: string, state: string, name = 'mac-aaaaaaaa-0', node = ''): string {
  return `${id}|${state}|None|${node}|1:00:00|N/A|${name}`;
}

export function said(stdout: string, change: Partial<SlurmAnswer> = {}): SlurmAnswer {
  return {stdout, stderr: '', exitCode: 0, timedOut: false, ...change};
}

/** Slurm whose commands give these answers; it notes what it was asked. Nothing is in its queue or its accounts. */
export function aSlurm(
  answers: Partial<Record<SlurmProgram, (args: readonly string[]) => SlurmAnswer | Promise<SlurmAnswer>>> = {},
): {run: RunSlurm; calls: string[]} {
  const calls: string[] = [];
  const run: RunSlurm = async (program, args) => {
    calls.push([program, ...args].join(' '));
    return (await answers[program]?.(args)) ?? said('');
  };
  return {run, calls};
}

/** A clock whose time passes only while somebody sleeps. */
export function aClock(): Clock {
  let sleptMs = 0;
  return {
    now: () => 1_765_357_687_000 + sleptMs,
    monotonic: () => sleptMs,
    sleep: ms => {
      sleptMs += ms;
      return Promise.resolve();
    },
  };
}
