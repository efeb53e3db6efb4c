import {existsSync, mkdirSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';

import {identifyExecutor} from '../../../src/record/lease/executor-identity.ts';
import {readGridManifest} from '../../../src/record/grid/grid-manifest.ts';
import {createGridRuns, finishGridRun} from '../../../src/record/grid/grid-run.ts';
import {listActiveRuns} from '../../../src/record/grid/active-runs.ts';
import type {GridRun} from '../../../src/record/grid/run-file.ts';
import {createLayout, type Layout} from '../../../src/record/layout.ts';
import {taskRecordFence, writeTaskRecord} from '../../../src/record/task/task-record.ts';
import {temporaryFolder} from '../../support/temporary-folder.ts';
import {writeGridManifest, type PlannedTask} from '../../../src/record/grid/project-manifest.ts';

const TASK: PlannedTask = {
  task_id: 0,
  experiment_name: 'e',
  benchmark_subcategory: 'b',
  grid_sweep_specs: {},
  skip_cleanup: false,
  task_key: 'k',
};

async function createRun(): Promise<{layout: Layout; run: GridRun}> {
  const layout = createLayout({workspace: temporaryFolder()});
  const [run] = await createGridRuns(layout, {
    configPath: 'c.yaml',
    configText: 'a: 1\n',
    submittedAtMs: 0,
    repetitions: 1,
    macVersion: '0',
    questionsPlanned: 1,
    makeTasks: () => [TASK],
  });
  return {layout, run: run!};
}

async function succeed(layout: Layout, gridId: string): Promise<void> {
  const fence = await taskRecordFence(layout, gridId, 0, 1);
  const record = {
    schema: 'mac.task-record/1',
    ...TASK,
    status: 'succeeded',
    attempt: 1,
    started_at: '',
    completed_at: '',
    questions: {total: 1, succeeded: 1},
    config_snapshot_path: '',
    manifest_path: '',
    where: identifyExecutor(),
  } as const;
  await writeTaskRecord(layout, gridId, record, fence);
  await fence.lower();
}

function leftOf({bookkeeping}: Layout): string[] {
  const folders = ['_grid_config_snapshot', 'grid_manifest', 'task_record', 'lease'];
  return folders.flatMap(name => (existsSync(join(bookkeeping, name)) ? readdirSync(join(bookkeeping, name)) : []));
}

test('of a grid run that is complete only the archive stays, and its manifest does not come back', async () => {
  const {layout, run} = await createRun();
  await finishGridRun(layout, run.grid_id, 0);
  expect(leftOf(layout).length).toBeGreaterThan(0);
  await succeed(layout, run.grid_id);
  await finishGridRun(layout, run.grid_id, 0);
  expect(leftOf(layout)).toEqual([]);
  expect(readdirSync(layout.gridArchive)).toEqual([`${run.grid_id}.json`]);
  // As a resume does that found the run just before.
  await writeGridManifest(layout, run, [TASK]);
  expect(await listActiveRuns(layout)).toEqual([]);
});

test('a grid run whose archiving was interrupted is still listed, and ends the next time', async () => {
  const {layout, run} = await createRun();
  await succeed(layout, run.grid_id);
  // A file where the leases of all grids belong: removing those of this one fails, as if the process had died there.
  writeFileSync(join(layout.bookkeeping, 'lease'), '');
  await finishGridRun(layout, run.grid_id, 0).catch(() => undefined);
  expect(await listActiveRuns(layout)).toHaveLength(1);
  rmSync(join(layout.bookkeeping, 'lease'));
  await finishGridRun(layout, run.grid_id, 0);
  expect(leftOf(layout)).toEqual([]);
});

test('a manifest that cannot be read is not taken for an absent or damaged one', async () => {
  const {layout, run} = await createRun();
  const path = layout.gridManifest(run.grid_id);
  rmSync(path);
  expect(await readGridManifest(path)).toBe('missing');
  writeFileSync(path, '{');
  expect(await readGridManifest(path)).toBe('damaged');
  rmSync(path);
  mkdirSync(path);
  await expect(readGridManifest(path)).rejects.toMatchObject({code: 'cannot-read'});
});
