import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';

import {askAccounting} from '../../src/slurm/cluster/ask-slurm.ts';
import {accountingIsOff, parseAccounting} from '../../src/slurm/cluster/parse-accounting.ts';
import {parseJobId, parseQueue} from '../../src/slurm/cluster/parse-queue.ts';
import {
  parseSubmittedId,
  classifySbatchFailure,
  describeRefusal,
  splitRefusal,
} from '../../src/slurm/submit/sbatch-answers.ts';
import {describeReason} from '../../src/slurm/state/pending-reasons.ts';
import {classifyState, normalizeState} from '../../src/slurm/cluster/job-states.ts';

const FIXTURES = join(import.meta.dirname, '../fixtures/slurm');
const fixture = (name: string): string => readFileSync(join(FIXTURES, name), 'utf8');

/** The recorded squeue lines, in the order of our own format: id, state, reason, node, time left, start, name. */
function inOurFormat(text: string): string {
  return text
    .split('\n')
    .filter(line => line !== '')
    .map(line => {
      const [id, state, reason, , left, start, node] = line.split('|');
      return [id, state, reason, node, left, start, 'mac-abcd1234-0'].join('|');
    })
    .join('\n');
}

test('a queue as a real squeue prints it', () => {
  const {rows, cutShort} = parseQueue(inOurFormat(fixture('squeue.txt')));
  expect(rows.length).toBe(21);
  expect(cutShort.size).toBe(0);
  expect(rows.find(({jobId, element}) => jobId === '5' && element === 0)).toEqual({
    jobId: '5',
    element: 0,
    name: 'mac-abcd1234-0',
    state: 'RUNNING',
    reason: 'None',
    node: 'n2',
    timeLeft: expect.stringMatching(/^59:\d\d$/),
    startAt: expect.stringMatching(/^\d{4}-/),
  });
  expect(rows.find(({jobId}) => jobId === '10')).toMatchObject({element: null, reason: 'PartitionTimeLimit', node: ''});
});

test('folded lists of waiting elements are unfolded', () => {
  const {rows} = parseQueue(inOurFormat(fixture('squeue-folded.txt')));
  expect(rows.filter(({jobId}) => jobId === '5').map(({element}) => element)).toEqual([2, 3, 4, 5, 0, 1]);
  expect(rows.filter(({jobId}) => jobId === '6').map(({element}) => element)).toEqual([1, 2, 3, 0]);
});

test('a list that squeue cut short is named, not guessed at; banners are no rows', () => {
  const {rows, cutShort} = parseQueue(
    'Welcome | to our cluster!\n9_[1,3,5,7,...]|PENDING|Priority||1:00|N/A|mac-a-0\n',
  );
  expect(rows).toEqual([]);
  expect([...cutShort]).toEqual([['mac-a-0', '9']]);
});

test('ids of jobs in all their forms', () => {
  expect(parseJobId('12')).toEqual({jobId: '12', elements: [null]});
  expect(parseJobId('12_3')).toEqual({jobId: '12', elements: [3]});
  expect(parseJobId('12_[4-8:2%2]')).toEqual({jobId: '12', elements: [4, 6, 8]});
  expect(parseJobId('12+1')).toEqual({jobId: '12', elements: [null]});
  expect(parseJobId('12.batch')).toBeUndefined();
});

test('accounts as a real sacct prints them', () => {
  const text = fixture('sacct.txt')
    .split('\n')
    .map(line => line.split('|'))
    .map(([id, name, state, exit, , node]) => [id, state, exit, node, name].join('|'))
    .join('\n');
  const rows = parseAccounting(text);
  const of = (name: string) => rows.find(row => row.name === name);
  expect(of('cancelled')).toMatchObject({state: 'CANCELLED', element: null});
  expect(of('hungry')).toMatchObject({state: 'OUT_OF_MEMORY', exitCode: '0:125'});
  expect(of('late')).toMatchObject({state: 'TIMEOUT'});
  expect(of('lost')).toMatchObject({state: 'NODE_FAIL', node: 'n3'});
  expect(rows.filter(({name}) => name === 'mixed').map(({element, state}) => `${element} ${state}`)).toEqual([
    '0 COMPLETED',
    '1 FAILED',
    '2 COMPLETED',
    '3 FAILED',
  ]);
  expect(accountingIsOff(fixture('accounting-off.txt'))).toBe(true);
  expect(accountingIsOff(fixture('accounting-down.txt'))).toBe(false);
});

test('accounts of elements that wait come in one row', () => {
  const text =
    '148_0|COMPLETED|0:0|n1|mac-a-0\n148_1|RUNNING|0:0|n1|mac-a-0\n148_[2-5%2]|PENDING|0:0|None assigned|mac-a-0';
  expect(parseAccounting(text).map(({jobId, element, state, node}) => `${jobId} ${element} ${state} ${node}`)).toEqual([
    '148 0 COMPLETED n1',
    '148 1 RUNNING n1',
    ...[2, 3, 4, 5].map(element => `148 ${element} PENDING `),
  ]);
  expect(parseAccounting('148|CANCELLED by 0|0:0|None assigned|mac-a-0')).toMatchObject([
    {jobId: '148', element: null, state: 'CANCELLED'},
  ]);
});

test('accounting is asked with options that Slurm 22.05 knows, and what it complains of is told', async () => {
  const asked: string[] = [];
  const stderr = "sacct: unrecognized option '--frobnicate'\n";
  const answer = await askAccounting(
    (program, args) => {
      asked.push(program, ...args);
      return Promise.resolve({stdout: '', stderr, exitCode: 1, timedOut: false});
    },
    ['mac-a-0'],
    '2026-11-21',
  );
  expect(asked).not.toContain('--array');
  expect(answer).toEqual({kind: 'unavailable', reason: "sacct: unrecognized option '--frobnicate'"});
});

test('states: users, cuts, unknown words', () => {
  expect(normalizeState('CANCELLED by 1000')).toBe('CANCELLED');
  expect(normalizeState('CANCELLED+')).toBe('CANCELLED');
  expect(normalizeState('OUT_OF_ME+')).toBe('OUT_OF_MEMORY');
  expect(normalizeState('COMPLETED')).toBe('COMPLETED');
  expect(classifyState('COMPLETING')).toBe('running');
  expect(classifyState('REQUEUED')).toBe('waiting');
  expect(classifyState('SOMETHING_NEW')).toBe('unknown');
});

test('the id of a new job, with a cluster and among banners, and only if it is one', () => {
  expect(parseSubmittedId('8')).toBe('8');
  expect(parseSubmittedId('9;dev')).toBe('9');
  expect(parseSubmittedId('*** 2 days to maintenance ***\n12\n')).toBe('12');
  expect(parseSubmittedId('Submitted batch job 7')).toBeUndefined();
  expect(parseSubmittedId('7\n8\n')).toBeUndefined();
});

/** Blocks of `$ command`, output, `[exit N]`. */
function refusals(name: string): {command: string; output: string; exitCode: number}[] {
  return [...fixture(name).matchAll(/^\$ (.*)\n([^]*?)\n\[exit (\d+)\]$/gm)].map(([, command, output, code]) => ({
    command: command ?? '',
    output: output ?? '',
    exitCode: Number(code),
  }));
}

test('every refusal of a real sbatch is known for certain, and says what to change', () => {
  const blocks = refusals('sbatch-errors.txt').filter(({exitCode}) => exitCode !== 0);
  expect(blocks.length).toBeGreaterThan(15);
  for (const {command, output, exitCode} of blocks) {
    const failure = classifySbatchFailure({stdout: '', stderr: output, exitCode, timedOut: false});
    expect(failure.kind, command).toBe(command.includes('0-30') ? 'limit' : 'refused');
    expect(failure.reason, command).not.toMatch(/sbatch:|^$/);
  }
});

test.each([
  ['QOSMaxSubmitJobPerUserLimit', '--submit-limit'],
  ['AssocMaxSubmitJobLimit', '--submit-limit'],
])('the limit %s is met again later, and %s splits arrays below it', (limit, flag) => {
  const stderr = `sbatch: error: ${limit}\nsbatch: error: Batch job submission failed: Job violates accounting/QOS policy (job submit limit, user's size and/or time limits)`;
  const failure = classifySbatchFailure({stdout: '', stderr, exitCode: 1, timedOut: false});
  expect(failure).toMatchObject({kind: 'limit', advice: expect.stringContaining(flag)});
  expect(failure.reason).toContain(limit);
});

test("a site's own words on earlier lines are part of the reason", () => {
  const stderr =
    'Welcome to the cluster!\nsbatch: error: Give an account: --account=NAME\nsbatch: error: Batch job submission failed: Unspecified error';
  expect(classifySbatchFailure({stdout: '', stderr, exitCode: 1, timedOut: false})).toEqual({
    kind: 'ambiguous',
    reason: 'Give an account: --account=NAME; Unspecified error',
  });
});

test('a controller that was full and then fell silent may have queued the job', () => {
  const full = 'sbatch: error: Slurm temporarily unable to accept job, sleeping and retrying';
  const end = (text: string) => ({
    stdout: '',
    stderr: `${full}\n${full}\nsbatch: error: Batch job submission failed: ${text}`,
    exitCode: 1,
    timedOut: false,
  });
  expect(classifySbatchFailure(end('Resource temporarily unavailable')).kind).toBe('limit');
  expect(classifySbatchFailure(end('Socket timed out on send/recv operation'))).toEqual({
    kind: 'ambiguous',
    reason: 'Socket timed out on send/recv operation',
  });
});

test('a refusal and its advice are one text on disk and two in a message', () => {
  const refusal = {reason: 'bad: very bad', advice: 'be good: --good'};
  expect(splitRefusal(describeRefusal(refusal))).toEqual(refusal);
  expect(describeRefusal({...refusal, advice: ''})).toBe('bad: very bad');
  expect(splitRefusal('bad: very bad')).toEqual({reason: 'bad: very bad', advice: undefined});
});

test('a time-out may have queued the job; a refused connection cannot have', () => {
  const [ghost] = refusals('controller-frozen.txt').filter(({command}) => command.startsWith('sbatch'));
  expect(ghost).toBeDefined();
  const answer = {stdout: '', stderr: ghost!.output, exitCode: 1, timedOut: false};
  expect(classifySbatchFailure(answer)).toEqual({
    kind: 'ambiguous',
    reason: 'Socket timed out on send/recv operation',
  });
  const [down] = refusals('controller-down.txt').filter(({command}) => command.startsWith('sbatch'));
  expect(classifySbatchFailure({...answer, stderr: down!.output}).kind).toBe('unreachable');
  expect(classifySbatchFailure({...answer, stderr: '', exitCode: null}).kind).toBe('ambiguous');
  expect(classifySbatchFailure({...answer, stderr: '', exitCode: null, timedOut: true}).kind).toBe('ambiguous');
  expect(classifySbatchFailure({...answer, stderr: 'sbatch: error: never heard of'}).kind).toBe('ambiguous');
});

test('reasons in words; unknown ones as they stand', () => {
  expect(describeReason('Priority')).toBe('jobs with a higher priority come first');
  expect(describeReason('(PartitionTimeLimit)')).toContain('will never start');
  expect(describeReason('QOSMaxGRESPerUser')).toContain('your limit of the QOS on GPUs');
  expect(describeReason('AssocGrpCpuLimit')).toContain("the group's limit of the account on CPUs");
  expect(describeReason('ReqNodeNotAvail, UnavailableNodes:n[1-2]')).toContain('(n[1-2])');
  expect(describeReason('launch failed requeued held')).toContain('scontrol release');
  expect(describeReason('SomethingNew')).toBe('SomethingNew');
});
