import {mkdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';

import {describeUnreadable, listActiveRuns, readActiveRuns, readGridRun} from '../../../src/record/grid/active-runs.ts';
import {createGridRuns} from '../../../src/record/grid/grid-run.ts';
import {runFile} from '../../../src/record/grid/run-file.ts';
import {createLayout} from '../../../src/record/layout.ts';
import {temporaryFolder} from '../../support/temporary-folder.ts';

/** Two repetitions of a grid with the tasks 3 and 5. */
async function createRuns() {
  const layout = createLayout({workspace: temporaryFolder()});
  const task = {
    experiment_name: 'e',
    benchmark_subcategory: 'b',
    grid_sweep_specs: {},
    skip_cleanup: false,
    task_key: 'k',
  };
  const runs = await createGridRuns(layout, {
    configPath: 'c.yaml',
    configText: 'a: 1\n',
    submittedAtMs: Date.UTC(2026, 0, 1),
    repetitions: 2,
    macVersion: '1.2.3',
    questionsPlanned: 4,
    questionLimit: 2,
    taskIds: [3, 5],
    makeTasks: () => [3, 5].map(task_id => ({...task, task_id})),
  });
  return {layout, runs, gridId: runs[0]?.grid_id ?? ''};
}

test('unfinished runs are listed, oldest first, as their run files say', async () => {
  const {layout, runs} = await createRuns();
  writeFileSync(join(layout.gridManifests, 'notes.json'), '{}');
  expect(await listActiveRuns(layout)).toEqual(runs);
  expect(await listActiveRuns(createLayout({workspace: temporaryFolder()}))).toEqual([]);
});

test("a run whose file is lost, torn or another run's is known from its manifest", async () => {
  const {layout, runs, gridId} = await createRuns();
  const other = readFileSync(runFile(layout, runs[1]?.grid_id ?? ''), 'utf8');
  for (const damage of ['', '{"schema"', other]) {
    writeFileSync(runFile(layout, gridId), damage);
    expect(await readGridRun(layout, gridId)).toEqual({
      ...runs[0],
      config_name: expect.stringMatching(/^c_.*\.yaml$/),
      num_questions_planned: undefined,
      config_sha256: undefined,
    });
  }
  rmSync(runFile(layout, gridId));
  expect((await readGridRun(layout, gridId))?.task_ids).toEqual([3, 5]);
});

test('a run of which nothing can be read is told apart, with what to do', async () => {
  const {layout, runs, gridId} = await createRuns();
  writeFileSync(runFile(layout, gridId), '');
  writeFileSync(layout.gridManifest(gridId), '{');
  expect(await readActiveRuns(layout)).toEqual({runs: runs.slice(1), unreadable: [gridId]});
  expect(describeUnreadable(layout, gridId)).toContain('mac repair SNAPSHOT');
});

test('a run file that cannot be read is no lost one', async () => {
  const {layout, gridId} = await createRuns();
  rmSync(runFile(layout, gridId));
  mkdirSync(runFile(layout, gridId));
  await expect(listActiveRuns(layout)).rejects.toMatchObject({code: 'cannot-read'});
});
