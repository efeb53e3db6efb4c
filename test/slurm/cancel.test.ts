import {expect, test} from 'vitest';

import type {QueueRow} from '../../src/slurm/cluster/parse-queue.ts';
import {planCancel} from '../../src/slurm/submit/cancel.ts';
import {array, row, submission} from './a-submission.ts';

const known = (rows: readonly QueueRow[], cutShort: ReadonlyMap<string, string> = new Map()) =>
  ({kind: 'known', rows, cutShort}) as const;
const wide = [submission(1, [array({tasks: {spec: '0-299', offset: 0}})])];

test('an array of which all live elements are wanted goes as a whole; ended ones are left alone', () => {
  const rows = [row(0, 'COMPLETED'), row(1, 'RUNNING'), row(2, 'PENDING')];
  const plan = planCancel(wide, known(rows), task => task > 0);
  expect(plan).toEqual({calls: [['12']], wholeJobs: new Set(['12']), elementsByJob: new Map(), tasks: 2});
});

test('elements are named where others stay, or where Slurm cut its list short', () => {
  const rows = [4, 3, 1, 0].map(element => row(element, 'PENDING'));
  expect(planCancel(wide, known(rows), task => task !== 1)).toMatchObject({calls: [['12_[0,3-4]']], tasks: 3});
  const cut = planCancel(wide, known(rows, new Map([['mac-aaaaaaaa-0', '12']])), () => true);
  expect(cut).toMatchObject({calls: [['12_[0-1,3-4]']], wholeJobs: new Set()});
});

test('the tasks of a pack go together', () => {
  const packed = [submission(1, [array({tasks: {spec: '0-1', offset: 0, packs: [[3, 5], [8]]}})])];
  const rows = [row(0, 'RUNNING'), row(1, 'RUNNING')];
  expect(planCancel(packed, known(rows), task => task === 5)).toMatchObject({calls: [['12_[0]']], tasks: 2});
});

test('jobs of others, and of submissions that are not given, are not touched', () => {
  const rows = [row(0, 'RUNNING', {name: 'somebody'}), row(null as unknown as number, 'RUNNING')];
  expect(planCancel(wide, known(rows), () => true)).toMatchObject({calls: [], tasks: 0});
});

test('long lists become several ids, and many ids several calls', () => {
  const rows = Array.from({length: 300}, (_, element) => row(element, 'PENDING'));
  const odd = planCancel(wide, known(rows), task => task % 2 === 1);
  expect(odd.calls).toHaveLength(1);
  expect(odd.calls[0]).toHaveLength(2);
  expect(odd.elementsByJob.get('12')).toHaveLength(150);
  const arrays = Array.from({length: 60}, (_, i) => array({index: i, name: `mac-aaaaaaaa-${i}`}));
  const jobs = arrays.map(({name}, i) => row(0, 'PENDING', {name, jobId: String(100 + i)}));
  const many = planCancel([submission(1, arrays)], known(jobs), () => true);
  expect(many.calls.map(ids => ids.length)).toEqual([50, 10]);
});
