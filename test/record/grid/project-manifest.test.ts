import {readFileSync, rmSync, writeFileSync} from 'node:fs';
import {expect, test} from 'vitest';

import {withLock} from '../../../src/record/disk/shared-lock.ts';
import {looksComplete, readCurrentManifest, readGridManifest} from '../../../src/record/grid/grid-manifest.ts';
import {createGridRuns} from '../../../src/record/grid/grid-run.ts';
import {projectGridManifest, removeGridManifest} from '../../../src/record/grid/project-manifest.ts';
import {createLayout, type Layout} from '../../../src/record/layout.ts';
import {identifyExecutor} from '../../../src/record/lease/executor-identity.ts';
import {listChanges, noteChange} from '../../../src/record/task/task-changes.ts';
import {taskRecordFence, writeTaskRecord, type TaskRecord} from '../../../src/record/task/task-record.ts';
import {temporaryFolder} from '../../support/temporary-folder.ts';

const NAMES = {experiment_name: 'e', benchmark_subcategory: 'b'};

async function createRun(): Promise<{layout: Layout; gridId: string; path: string}> {
  const layout = createLayout({workspace: temporaryFolder()});
  const tasks = [0, 1].map(task_id => ({...NAMES, task_id, grid_sweep_specs: {}, skip_cleanup: false, task_key: 'k'}));
  const [run] = await createGridRuns(layout, {
    configPath: 'c.yaml',
    configText: 'a: 1\n',
    submittedAtMs: 0,
    repetitions: 1,
    macVersion: '0',
    questionsPlanned: 2,
    makeTasks: () => tasks,
  });
  const gridId = run?.grid_id ?? '';
  return {layout, gridId, path: layout.gridManifest(gridId)};
}

async function record(layout: Layout, gridId: string, taskId: number, extra: Partial<TaskRecord>): Promise<void> {
  const fence = await taskRecordFence(layout, gridId, taskId, 1);
  const recorded: TaskRecord = {
    schema: 'mac.task-record/1',
    task_id: taskId,
    task_key: 'k',
    ...NAMES,
    status: 'started',
    attempt: 1,
    started_at: 'then',
    completed_at: null,
    questions: {total: 1, succeeded: 0},
    config_snapshot_path: '',
    manifest_path: '',
    where: identifyExecutor(),
    ...extra,
  };
  await writeTaskRecord(layout, gridId, recorded, fence);
  await fence.lower();
}

async function readTasks(path: string) {
  const manifest = await readGridManifest(path);
  return typeof manifest === 'string' ? manifest : manifest.tasks.map(({status, reason}) => [status, reason]);
}

test('what changed is folded in, and its notes are gone', async () => {
  const {layout, gridId, path} = await createRun();
  await record(layout, gridId, 1, {reason: 'interrupted'});
  expect(await projectGridManifest(layout, gridId)).toBe('current');
  expect(await listChanges(layout, gridId)).toEqual([]);
  expect(await readTasks(path)).toEqual([
    [null, undefined],
    ['started', 'interrupted'],
  ]);
  await record(layout, gridId, 1, {status: 'succeeded', attempt: 2});
  await projectGridManifest(layout, gridId);
  expect(await readTasks(path)).toEqual([
    [null, undefined],
    ['succeeded', undefined],
  ]);
  expect(await looksComplete(path)).toBe(false);
});

test('without a note nothing is written; all records are compared when asked', async () => {
  const {layout, gridId, path} = await createRun();
  await record(layout, gridId, 0, {status: 'succeeded'});
  await record(layout, gridId, 1, {status: 'succeeded'});
  for (const {path: note} of await listChanges(layout, gridId)) rmSync(note);
  const before = readFileSync(path, 'utf8');
  await projectGridManifest(layout, gridId);
  expect(readFileSync(path, 'utf8')).toBe(before);
  await projectGridManifest(layout, gridId, {all: true});
  expect(await looksComplete(path)).toBe(true);
});

test('a note that is newer than the record that is read stays', async () => {
  const {layout, gridId} = await createRun();
  await record(layout, gridId, 0, {});
  await noteChange(layout, gridId, {task_id: 0, attempt: 2, status: 'succeeded'});
  expect(await projectGridManifest(layout, gridId)).toBe('behind');
  expect((await listChanges(layout, gridId)).map(({attempt}) => attempt)).toEqual([2]);
});

test('one process projects at a time; the others need not wait', async () => {
  const {layout, gridId, path} = await createRun();
  await record(layout, gridId, 0, {});
  await withLock(path, async () => expect(await projectGridManifest(layout, gridId)).toBe('busy'));
});

test('what records say that the manifest does not yet is shown, and not written', async () => {
  const {layout, gridId, path} = await createRun();
  await record(layout, gridId, 0, {status: 'succeeded'});
  expect(await readCurrentManifest(layout, gridId)).toMatchObject({num_tasks_succeeded: 1});
  expect(await readGridManifest(path)).toMatchObject({num_tasks_succeeded: 0});
});

test('a manifest that is gone stays gone, and a damaged one is left for resume', async () => {
  const {layout, gridId, path} = await createRun();
  await record(layout, gridId, 0, {});
  writeFileSync(path, '{');
  expect(await projectGridManifest(layout, gridId)).toBe('current');
  expect(readFileSync(path, 'utf8')).toBe('{');
  expect(await looksComplete(path)).toBe(false);
  await removeGridManifest(layout, gridId);
  await projectGridManifest(layout, gridId, {all: true});
  expect(await readGridManifest(path)).toBe('missing');
});
