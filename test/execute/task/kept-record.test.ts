import {expect, test} from 'vitest';

import {systemClock} from '../../../src/core/clock.ts';
import {KeptRecord} from '../../../src/execute/task/kept-record.ts';
import {createLayout} from '../../../src/record/layout.ts';
import {identifyExecutor} from '../../../src/record/lease/executor-identity.ts';
import {acquireLease} from '../../../src/record/lease/lease.ts';
import {readTaskRecordsById, type TaskRecord} from '../../../src/record/task/task-record.ts';
import {temporaryFolder} from '../../support/temporary-folder.ts';

const RECORD: TaskRecord = {
  schema: 'mac.task-record/1',
  task_id: 0,
  task_key: 'k',
  experiment_name: 'e',
  benchmark_subcategory: 'b',
  status: 'started',
  attempt: 1,
  started_at: '2026-01-01T00:00:00.000000',
  completed_at: null,
  questions: {total: 4, succeeded: 0},
  config_snapshot_path: 's.yaml',
  manifest_path: 'm.json',
  where: identifyExecutor({}),
};

async function claim() {
  const layout = createLayout({workspace: temporaryFolder('mac-record-')});
  const claimed = await acquireLease({directory: layout.leases('g'), name: 'lease', clock: systemClock});
  if (claimed.kind !== 'acquired') throw new Error('held');
  const read = async () => (await readTaskRecordsById(layout, 'g', [0])).get(0);
  return {layout, lease: claimed.lease, read};
}

const DONE = {status: 'succeeded', completed_at: '2026-01-02T00:00:00.000000'} as const;

test('a record is begun, and written again with changes', async () => {
  const {layout, lease, read} = await claim();
  const kept = await KeptRecord.begin(layout, 'g', RECORD, lease);
  expect(await read()).toEqual(RECORD);
  const questions = {total: 4, succeeded: 4};
  await kept.write({...DONE, questions});
  expect(await read()).toEqual({...RECORD, ...DONE, questions});
  await kept.close();
  await lease.release();
});

test('whoever takes the task over ends the right to write it', async () => {
  const {layout, lease, read} = await claim();
  const kept = await KeptRecord.begin(layout, 'g', RECORD, lease);
  const next = await KeptRecord.begin(layout, 'g', {...RECORD, attempt: 2}, lease);
  await expect(kept.write({...DONE, questions: RECORD.questions})).rejects.toMatchObject({code: 'lease-lost'});
  expect((await read())?.attempt).toBe(2);
  await next.close();
  await lease.release();
});

test('a lease that is lost begins no record', async () => {
  const {layout, lease, read} = await claim();
  await lease.release();
  await expect(KeptRecord.begin(layout, 'g', RECORD, lease)).rejects.toMatchObject({code: 'lease-lost'});
  expect(await read()).toBeUndefined();
});
