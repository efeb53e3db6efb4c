import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';

import {judgeArray, listOutcomes} from '../../src/slurm/state/failure-signatures.ts';
import {findBadNodes} from '../../src/slurm/state/bad-nodes.ts';
import {escalateMem, escalateTime, parseEscalation} from '../../src/slurm/submit/escalate.ts';
import {classifyFailure} from '../../src/slurm/state/failure-cause.ts';
import {joinStates, type JoinInput, type TaskState} from '../../src/slurm/state/join-states.ts';
import type {QueueRow} from '../../src/slurm/cluster/parse-queue.ts';
import {array, attempt, element, row, submission} from './a-submission.ts';

const log = readFileSync(join(import.meta.dirname, '../fixtures/slurm/output-over-memory-without-cgroups.txt'), 'utf8');

function states(change: Partial<JoinInput> & {rows?: readonly QueueRow[]}): TaskState[] {
  const {rows = [], ...rest} = change;
  return joinStates({
    tasks: [0, 1, 2, 3],
    records: new Map(),
    submissions: [submission(1, [array()])],
    isSubmitted: true,
    queue: {kind: 'known', rows, cutShort: new Map()},
    accounting: [],
    elements: new Map(),
    logs: new Map(),
    held: new Map(),
    quiet: new Map(),
    stopped: new Map(),
    ...rest,
  });
}

test('what the queue holds lives: running on a node, waiting for a reason', () => {
  const [running, pending, unknown, lost] = states({
    rows: [
      row(0, 'RUNNING', {node: 'n1', timeLeft: '59:00'}),
      row(1, 'PENDING', {reason: 'Priority', startAt: '2026-11-21T14:00:00'}),
      row(2, 'SOMETHING_NEW'),
    ],
  });
  expect(running).toMatchObject({state: 'running', node: 'n1', timeLeft: '59:00', jobId: '12', element: 0});
  expect(pending).toMatchObject({state: 'pending', detail: 'jobs with a higher priority come first'});
  expect(unknown).toMatchObject({state: 'unknown', detail: 'Slurm says SOMETHING_NEW'});
  expect(lost).toMatchObject({state: 'lost'});
});

test('a job that Slurm forgot is never taken for done; its own word or accounting tell how it ended', () => {
  const [left, failed, dead, lost] = states({
    elements: new Map([
      ['12_0', element(0, attempt({cause: 'questions-left'}))],
      ['12_1', element(1, attempt({cause: 'server-failed', detail: 'CUDA error'}))],
    ]),
    accounting: [{jobId: '12', element: 2, name: 'mac-aaaaaaaa-0', state: 'NODE_FAIL', exitCode: '0:0', node: 'n2'}],
  });
  expect(left).toMatchObject({state: 'incomplete'});
  expect(failed).toMatchObject({state: 'failed', cause: 'server failed', detail: 'CUDA error'});
  expect(dead).toMatchObject({state: 'failed', cause: 'node failure', node: 'n2'});
  expect(lost).toMatchObject({state: 'lost'});
});

test('a Slurm that does not answer makes jobs unknown, not lost; those that said their end are known all the same', () => {
  const result = states({
    queue: {kind: 'unavailable', reason: 'Socket timed out'},
    elements: new Map([['12_0', element(0, attempt({cause: 'questions-left'}))]]),
  });
  expect(result.map(({state}) => state)).toEqual(['incomplete', 'unknown', 'unknown', 'unknown']);
});

test('of several submissions any live job counts, else the newest', () => {
  const later = array({name: 'mac-bbbbbbbb-0', tasks: {spec: '0-1', offset: 0}, state: 'deferred', reason: 'limit'});
  const {job_id: _, ...deferred} = later;
  const submissions = [submission(1, [array()]), submission(2, [deferred])];
  const [first, second] = states({submissions, rows: [row(0, 'RUNNING'), row(1, 'CANCELLED')]});
  expect(first?.state).toBe('running');
  expect(second).toMatchObject({state: 'cancelled', detail: 'limit'});
});

test('a list that squeue cut short says nothing of those it leaves out', () => {
  const result = states({queue: {kind: 'known', rows: [], cutShort: new Map([['mac-aaaaaaaa-0', '12']])}});
  expect(result.map(({state}) => state)).toEqual(['unknown', 'unknown', 'unknown', 'unknown']);
});

test('an element that was cancelled while it waited is cancelled, though Slurm forgot it', () => {
  expect(states({submissions: [submission(1, [array({cancelled: '2-3'})])]}).map(({state}) => state)).toEqual([
    'lost',
    'lost',
    'cancelled',
    'cancelled',
  ]);
});

const stopped = new Map([
  [
    '12',
    {
      schema: 'mac.slurm-stopped/1' as const,
      job_id: '12',
      stopped_at: '2025-12-10T09:09:07.123456Z',
      by_element: 0,
      cause: '4 of 4 elements that ran failed in the same way and none made progress: no such model',
    },
  ],
]);

test.each<[string, readonly QueueRow[]]>([
  ['a row with the bare id', [row(0, 'CANCELLED', {element: null, reason: 'JobArrayTaskLimit'})]],
  ['rows of their own', [row(1, 'CANCELLED'), row(2, 'CANCELLED'), row(3, 'CANCELLED')]],
  ['nothing, for Slurm forgot them', []],
])('elements that an array stopped with are stopped, of which the queue has %s', (_, rows) => {
  const dead = element(0, attempt({cause: 'server-failed', detail: 'no such model'}));
  const [died, ...waiting] = states({rows, stopped, elements: new Map([['12_0', dead]])});
  expect(died).toMatchObject({state: 'failed', cause: 'server failed'});
  for (const state of waiting) {
    expect(state).toMatchObject({state: 'failed', cause: 'stopped'});
    expect(state.detail).toContain('none made progress: no such model');
  }
});

test('a row with the bare id is about the elements that never began', () => {
  const {ended_at: _, ...begins} = attempt();
  const begun = new Map([['12_0', element(0, begins)]]);
  const accounting = [
    {jobId: '12', element: 1, name: 'mac-aaaaaaaa-0', state: 'NODE_FAIL', exitCode: '0:0', node: 'n2'},
  ];
  const of = (state: string) =>
    states({rows: [row(0, state, {element: null})], elements: begun, accounting}).map(each => each.cause ?? each.state);
  expect(of('CANCELLED')).toEqual(['lost', 'node failure', 'cancelled', 'cancelled']);
  expect(of('PENDING')).toEqual(['lost', 'node failure', 'pending', 'pending']);
});

test('causes: Slurm first, then the job itself, then what Slurm left in the log', () => {
  expect(classifyFailure({state: 'TIMEOUT'})).toEqual({cause: 'time limit'});
  expect(classifyFailure({state: 'CANCELLED', log})).toEqual({cause: 'out of memory'});
  expect(classifyFailure({state: 'FAILED', record: element(0, attempt({cause: 'server-failed'}))})?.cause).toBe(
    'server failed',
  );
  const gpu = {cause: 'out-of-gpu-memory', detail: 'lower max_model_len'} as const;
  expect(classifyFailure({state: 'FAILED', record: element(0, attempt(gpu))})).toEqual({
    cause: 'out of GPU memory',
    detail: gpu.detail,
  });
  expect(
    classifyFailure({log: 'slurmstepd-n1: error: *** JOB 5 ON n1 CANCELLED AT 2026 DUE TO TIME LIMIT ***'})?.cause,
  ).toBe('time limit');
  expect(classifyFailure({state: 'FAILED', reason: 'JobLaunchFailure', exitCode: '0:53'})?.cause).toBe(
    'could not start',
  );
  expect(classifyFailure({state: 'FAILED', reason: 'JobLaunchFailure'})?.cause).toBe('could not start');
  expect(classifyFailure({state: 'FAILED', reason: 'JobLaunchFailure', exitCode: '0:53', log: ''})?.cause).toBe(
    'could not start',
  );
  expect(classifyFailure({state: 'FAILED', exitCode: '0:9', record: element(0)})).toMatchObject({cause: 'killed'});
  expect(classifyFailure({state: 'FAILED', exitCode: '137:0'})).toEqual({cause: 'killed', detail: 'by signal 9'});
  const killed =
    '/spool/n1/job00023/slurm_script: line 39:  9028 Killed                  /usr/bin/node mac.js slurm-element';
  expect(classifyFailure({state: 'FAILED', log: killed})?.cause).toBe('killed');
  const setup = 'no such module\nmac: setup_command ended with exit code 3';
  expect(classifyFailure({state: 'FAILED', exitCode: '1:0', log: setup})).toEqual({
    cause: 'failed',
    detail: 'setup_command ended with exit code 3',
  });
  expect(classifyFailure({state: 'FAILED', exitCode: '0:12', log: setup})).toEqual(shellKilled('signal 12'));
  // squeue knows no exit code, accounting knows no reason.
  expect(classifyFailure({state: 'FAILED', reason: 'JobLaunchFailure', log: ''})).toEqual(shellKilled('a signal'));
  expect(classifyFailure({state: 'FAILED', exitCode: '0:9'})).toEqual(shellKilled('signal 9'));
  expect(classifyFailure({state: 'FAILED', log: 'bash: x: No space left on device'})?.cause).toBe('cannot write');
  expect(classifyFailure({state: 'FAILED', exitCode: '1:0', log: ''})?.detail).toMatch(
    /^exit code 1; .*is the disk full/,
  );
  expect(classifyFailure({state: 'FAILED', exitCode: '1:0'})?.detail).toBe('exit code 1');
  expect(classifyFailure({state: 'COMPLETED', record: element(0, attempt({cause: 'questions-left'}))})).toBeNull();
});

function shellKilled(by: string): object {
  const detail = `the job's shell was killed by ${by} before mac began: by its setup_command, or for memory?`;
  return {cause: 'killed', detail};
}

test('a node is not blamed for shells that were killed before mac began', () => {
  const killed = ['n1', 'n1', 'n1'].map(node => ({...attempt(), node}));
  const of = (detail: string | undefined): readonly object[] =>
    findBadNodes(
      killed.map(({node}, task) => ({
        ...{task, state: 'failed' as const, cause: 'killed' as const, node, jobId: '12', element: task},
        ...(detail === undefined ? {} : {detail}),
      })),
      [],
    );
  expect(of('by signal 9').length).toBe(1);
  expect(of(classifyFailure({state: 'FAILED', exitCode: '0:9', log: ''})?.detail)).toEqual([]);
});

test('an array is stopped when all its elements fail with the same signature, and not otherwise', () => {
  const died = (n: number, detail: string) => element(n, attempt({cause: 'server-failed', detail}));
  const alike = [0, 1, 2, 3].map(n => died(n, `port 80${n}: no such model /models/${n}`));
  expect(judgeArray(listOutcomes(alike))).toMatchObject({
    kind: 'stop',
    cause: expect.stringContaining('4 of 4 elements that ran failed in the same way'),
  });
  expect(judgeArray(listOutcomes(alike.slice(1)))).toBeNull();
  expect(judgeArray(listOutcomes([...alike, element(9, attempt({cause: 'done'}))]))).toBeNull();
  expect(judgeArray(listOutcomes([...alike.slice(1), died(7, 'out of disk')]))).toBeNull();
  const cancelled = [0, 1, 2, 3].map(n => element(n, attempt({cause: 'preempted-or-cancelled'})));
  expect(judgeArray(listOutcomes(cancelled))).toBeNull();
});

test('a node is excluded when elements fail with one signature there only, and others work elsewhere', () => {
  const died = (n: number, node: string, detail = 'no GPU') =>
    element(n, attempt({node, cause: 'server-failed', detail}));
  const onN2 = [0, 1, 2, 3].map(n => died(n, 'n2'));
  const running = element(9, {...attempt({node: 'n3'}), ended_at: undefined, cause: undefined} as any);
  const worked = element(9, attempt({node: 'n3', cause: 'done'}));
  const leave = {kind: 'leave-node', node: 'n2'};
  expect(judgeArray(listOutcomes([...onN2, running]))).toMatchObject(leave);
  expect(judgeArray(listOutcomes([...onN2, worked, died(7, 'n2', 'another model')]))).toMatchObject(leave);
  expect(judgeArray(listOutcomes([...onN2.slice(1), running]))).toBeNull();
  expect(judgeArray(listOutcomes([...onN2, died(7, 'n3'), running]))).toMatchObject({kind: 'stop'});
  expect(judgeArray(listOutcomes([...onN2, element(8, attempt({node: 'n2', cause: 'done'})), running]))).toBeNull();
});

test('a node is excluded when elements failed there with one signature and nothing ever worked on it', () => {
  const failed = (task: number, node: string, detail = 'no GPU'): TaskState => ({
    task,
    state: 'failed',
    cause: 'server failed',
    detail,
    jobId: '12',
    element: task,
    node,
  });
  const works = element(9, attempt({node: 'n1', cause: 'done'}));
  const bad = [failed(0, 'n2'), failed(1, 'n2')];
  expect(findBadNodes(bad, [works])).toEqual([
    {node: 'n2', failures: 2, cause: 'server failed: no GPU', isToBlame: true},
  ]);
  expect(findBadNodes([failed(0, 'n2')], [works])).toEqual([]);
  // Two models, and a stray death.
  const mixed = [
    ...bad,
    failed(2, 'n2', 'no GPU for the other'),
    failed(3, 'n2', 'no GPU for the other'),
    failed(4, 'n2', 'stray'),
  ];
  expect(findBadNodes(mixed, [works])).toMatchObject([{node: 'n2', failures: 2, isToBlame: true}]);
  expect(findBadNodes([failed(0, 'n2'), failed(1, 'n2', 'out of ports')], [works])).toEqual([]);
  expect(findBadNodes([failed(0, 'n1'), failed(1, 'n1')], [works])).toEqual([]);
  // The only node that was used: nothing shows that others fare better, but it is worth a word.
  expect(findBadNodes(bad, [])).toMatchObject([{node: 'n2', isToBlame: false}]);
  // Of the same on other nodes too, now or in an earlier attempt.
  expect(findBadNodes([...bad, failed(2, 'n3')], [works])).toEqual([]);
  const earlier = element(9, attempt({node: 'n3', cause: 'server-failed', detail: 'no GPU'}));
  expect(findBadNodes(bad, [works, earlier])).toEqual([]);
  // What the user's commands, or a disk that all share, do.
  for (const detail of ['setup_command ended with exit code 3', 'ENOSPC: no space left on device']) {
    expect(findBadNodes([failed(0, 'n2', detail), failed(1, 'n2', detail)], [works])).toEqual([]);
  }
  expect(
    findBadNodes(
      [0, 1].map(task => ({...failed(task, 'n2'), cause: 'time limit'})),
      [works],
    ),
  ).toEqual([]);
});

test('escalation multiplies what there was', () => {
  expect(parseEscalation('mem=1.5x,time=2x')).toEqual({mem: 1.5, time: 2});
  expect(parseEscalation('mem=0.5x')).toBeUndefined();
  expect(parseEscalation('gpus=2x')).toBeUndefined();
  expect(escalateMem('64G', 1.5)).toBe('98304M');
  expect(escalateMem('100', 2)).toBe('200M');
  expect(escalateTime('12:00:00', 2)).toBe('1-00:00:00');
  expect(() => escalateMem(undefined, 2)).toThrow('nothing to multiply');
  expect(() => escalateTime('UNLIMITED', 2)).toThrow('nothing to multiply');
});
