import {expect, test} from 'vitest';

import {createLayout} from '../../src/record/layout.ts';
import type {SlurmAnswer} from '../../src/slurm/cluster/client.ts';
import {writeElementRecord} from '../../src/slurm/submission/element-file.ts';
import type {Submission} from '../../src/slurm/submission/submission-file.ts';
import {cancelDuplicates, reconcile, type Reconciled} from '../../src/slurm/submit/reconcile.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';
import {aClock, array, aSlurm, attempt, element, queueLine, said, submission} from './a-submission.ts';

const {job_id: _, ...withoutId} = array({state: 'submitting'});
const uncertain = submission(1, [withoutId]);
const silent = said('', {exitCode: 1, stderr: 'slurm_load_jobs error: Unable to contact slurm controller'});

async function settle(
  {squeue = [said('')], sacct = said('')}: {squeue?: SlurmAnswer[]; sacct?: SlurmAnswer},
  {mayConclude = true, submissions = [uncertain], layout = createLayout({workspace: temporaryFolder()})} = {},
): Promise<Reconciled & {array: Submission['arrays'][number]; calls: string[]}> {
  const queue = [...squeue];
  const {run, calls} = aSlurm({squeue: () => queue.shift() ?? said(''), sacct: () => sacct});
  const result = await reconcile({layout, run, clock: aClock()}, submissions, {mayConclude});
  return {...result, array: result.submissions[0]!.arrays[0]!, calls: calls.map(call => call.split(' ', 1)[0]!)};
}

test('nothing is asked where every job has its id', async () => {
  const known = submission(1, [array()]);
  const result = await settle({}, {submissions: [known]});
  expect(result.calls).toEqual([]);
  expect(result.changed).toEqual([]);
  expect(result.submissions[0]).toBe(known);
});

test('a job is found in the queue; of two, the older one counts and the other is named', async () => {
  const one = await settle({squeue: [said(queueLine('31_[0-3]', 'PENDING'))]});
  expect(one.array).toMatchObject({state: 'submitted', job_id: '31'});
  expect(one.calls).toEqual(['squeue']);
  const two = await settle({squeue: [said([queueLine('131_0', 'RUNNING'), queueLine('31_0', 'RUNNING')].join('\n'))]});
  expect(two.array.job_id).toBe('31');
  expect(two.twins).toEqual(['131']);
});

test('a job that Slurm forgot is found by what it wrote of itself', async () => {
  const layout = createLayout({workspace: temporaryFolder()});
  await writeElementRecord(layout, {...element(0, attempt()), job_id: '77'});
  expect((await settle({}, {layout})).array).toMatchObject({state: 'submitted', job_id: '77'});
});

test('a job that appears only at the second look is found, or by accounting alone', async () => {
  const late = await settle({squeue: [said(''), said(queueLine('31_0', 'RUNNING'))]});
  expect(late.array.job_id).toBe('31');
  const accounted = await settle({sacct: said('31_0|COMPLETED|0:0|n1|mac-aaaaaaaa-0\n')});
  expect(accounted.array.job_id).toBe('31');
  expect(accounted.calls).toEqual(['squeue', 'squeue', 'sacct']);
});

test('what nobody knows was not submitted; a job that no node can ever run never was one', async () => {
  expect((await settle({})).array).toMatchObject({state: 'rejected', reason: expect.stringContaining('broke off')});
  const refused = said('31_0|FAILED|BadConstraints||1:00:00|N/A|mac-aaaaaaaa-0');
  const accounted = said('31_0|FAILED|1:0|None assigned|mac-aaaaaaaa-0\n');
  expect((await settle({squeue: [refused, refused], sacct: accounted})).array.state).toBe('rejected');
});

test('nothing is concluded from the silence of Slurm, or where only a look was asked for', async () => {
  for (const squeue of [[silent], [said(''), silent]]) {
    const {array: same, unresolved, changed} = await settle({squeue});
    expect(same).toBe(uncertain.arrays[0]);
    expect(unresolved).toContain('Unable to contact');
    expect(changed).toEqual([]);
  }
  const accounts = await settle({sacct: said('', {exitCode: 1, stderr: 'sacct: error: slurmdbd is away'})});
  expect(accounts.array.state).toBe('submitting');
  const look = await settle({}, {mayConclude: false});
  expect(look.array.state).toBe('submitting');
  expect(look.calls).toEqual(['squeue']);
});

test('the job after all arrays is settled like an array', async () => {
  const owed: Submission = {...submission(1, [array()]), after_all: {command: 'true', state: 'unknown'}};
  const found = await settle(
    {squeue: [said('40|PENDING|Dependency||1:00:00|N/A|mac-aaaaaaaa-after')]},
    {submissions: [owed]},
  );
  expect(found.submissions[0]?.after_all).toMatchObject({state: 'submitted', job_id: '40'});
});

test('duplicates are cancelled and named; without any, nothing is called', async () => {
  const {run, calls} = aSlurm();
  const notes: string[] = [];
  const context = {run, onNote: (message: string) => void notes.push(message)};
  await cancelDuplicates(context, []);
  await cancelDuplicates(context, ['131', '140']);
  expect(calls).toEqual(['scancel 131 140']);
  expect(notes).toEqual([expect.stringContaining('131, 140')]);
});
