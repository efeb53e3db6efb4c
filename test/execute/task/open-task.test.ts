import {existsSync, mkdirSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {expect, test} from 'vitest';

import {systemClock} from '../../../src/core/clock.ts';
import type {ConversationTask} from '../../../src/execute/pack-task.ts';
import type {Begun, Runner, Work} from '../../../src/execute/runner.ts';
import {openTask} from '../../../src/execute/task/open-task.ts';
import {cannotWrite} from '../../../src/record/disk/atomic-file.ts';
import {removeGridRun} from '../../../src/record/grid/grid-run.ts';
import {createLayout} from '../../../src/record/layout.ts';
import {peekLease} from '../../../src/record/lease/peek-lease.ts';
import {temporaryFolder} from '../../support/temporary-folder.ts';
import {aTask} from '../a-task.ts';

const WORK: Work = {
  total: 4,
  left: 4,
  canary: 0,
  next: () => null,
  judge: () => ({outcome: 'succeeded', isFinal: true, reason: null}),
  record: () => Promise.resolve(),
  counts: () => ({total: 4, done: 0, succeeded: 0, outcomes: {}, failures: []}),
  finish: () => Promise.resolve('summary.json'),
  discard: () => Promise.resolve(),
  abandon: () => Promise.resolve(),
};
const NAMES = {
  task_key: 'k0',
  experiment_name: 'e',
  benchmark_subcategory: 'b',
  config_snapshot_path: 's.yaml',
  manifest_path: 'm.json',
};

/** Opens task 0 of a grid run. @param begin takes the place of what its kind of runner does. */
function openFirst(begin: () => Promise<Begun>) {
  const layout = createLayout({workspace: temporaryFolder('mac-open-')});
  const runner: Runner<ConversationTask> = {prepare: () => Promise.resolve(), begin};
  const leases = join(layout.leases('g'), '0');
  const open = () => openTask(aTask(0), runner, {layout, clock: systemClock, onEnded: () => undefined});
  return {layout, leases, open};
}

const diskError = () => cannotWrite('m.json', Object.assign(new Error('no such file'), {code: 'ENOENT'}));

test('a task that another executor took over while it was opened is lost, whatever the disk says', async () => {
  const {leases, open} = openFirst(() => {
    writeFileSync(join(leases, 'lease.2.json'), '{}');
    return Promise.reject(diskError());
  });
  await expect(open()).rejects.toMatchObject({code: 'lease-lost'});
});

test('an error of the disk is passed on, and the lease given back', async () => {
  const {leases, open} = openFirst(() => Promise.reject(diskError()));
  await expect(open()).rejects.toMatchObject({code: 'cannot-write'});
  expect(await peekLease({directory: leases, name: 'lease'})).toBeNull();
});

test('a grid run that is archived while a task of it is opened does not come back', async () => {
  const {layout, open} = openFirst(async () => {
    const archive = layout.archivedGrid('g');
    mkdirSync(dirname(archive), {recursive: true});
    writeFileSync(archive, '{}');
    await removeGridRun(layout, 'g');
    return {work: WORK, names: NAMES};
  });
  await expect(open()).rejects.toMatchObject({code: 'lease-lost'});
  expect(existsSync(layout.taskRecords('g'))).toBe(false);
  expect(existsSync(layout.leases('g'))).toBe(false);
});
