import {expect, test} from 'vitest';

import {findActiveRuns, findFinishedRuns} from '../../src/record/grid/find-runs.ts';
import {createGridRuns} from '../../src/record/grid/grid-run.ts';
import type {ArchivedGrid} from '../../src/record/grid/archive.ts';
import {createLayout, type Layout} from '../../src/record/layout.ts';
import {writeFileAtomic} from '../../src/record/disk/atomic-file.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

const DAY_MS = 86_400_000;

async function submit(layout: Layout, config: string, experiment: string, day: number): Promise<string> {
  const [run] = await createGridRuns(layout, {
    configPath: `config/${config}.yaml`,
    configText: 'a: 1\n',
    submittedAtMs: day * DAY_MS,
    repetitions: 1,
    macVersion: '0',
    questionsPlanned: 1,
    tasksOf: () => [
      {
        task_id: 0,
        experiment_name: experiment,
        benchmark_subcategory: 'b',
        grid_sweep_specs: {},
        skip_cleanup: false,
        task_key: 'k',
      },
    ],
  });
  return run!.grid_id;
}

async function archive(layout: Layout, gridId: string, config: string, experiment: string): Promise<void> {
  const archived = {
    schema: 'mac.grid-archive/1',
    completed_at: '',
    config: '',
    manifest: {
      grid_id: gridId,
      grid_config_snapshot_path: `bookkeeping/_grid_config_snapshot/${config}_19700201T000000.000Z.yaml`,
      pid: 1,
      submission_timestamp: '1970-02-01T00:00:00.000000Z',
      num_tasks_planned: 1,
      num_tasks_succeeded: 1,
      created_at: '1970-02-01T00:00:00.000000Z',
      tasks: [{experiment_name: experiment, benchmark_subcategory: 'b'}],
    },
  } as unknown as ArchivedGrid;
  await writeFileAtomic(layout.archivedGrid(gridId), JSON.stringify(archived));
}

test('an unfinished grid is found by the beginning of its id, config or experiment; several are listed', async () => {
  const layout = createLayout({workspace: temporaryFolder()});
  const first = await submit(layout, 'ages', 'ol3_as-human', 1);
  const second = await submit(layout, 'ages_more', 'ol3_as-model', 40);
  const find = async (selector: string): Promise<string[]> =>
    (await findActiveRuns(layout, selector)).map(({grid_id: id}) => id);
  expect(await find('19700102')).toEqual([first]);
  expect(await find('ages'), 'a whole name is no beginning').toEqual([first]);
  expect(await find('config/ages.yaml')).toEqual([first]);
  expect(await find('ages_m')).toEqual([second]);
  expect(await find('ages_1970')).toEqual([first]);
  expect(await find('ol3_as-h')).toEqual([first]);
  expect(await find('b/ol3_as-m')).toEqual([second]);
  for (const several of ['1970', 'age', 'ol3', 'b']) {
    await expect(find(several), several).rejects.toMatchObject({
      code: 'grid-ambiguous',
      message: expect.stringMatching(new RegExp(`^"${several}" fits 2 names: ${first} .*, ${second} `)),
    });
  }
  await expect(find('ol4')).rejects.toMatchObject({code: 'grid-unknown'});
});

test('a finished grid is found by the same names, and is told as finished where one to go on with is wanted', async () => {
  const layout = createLayout({workspace: temporaryFolder()});
  await archive(layout, '19700201T000000.000Z_1', 'ages', 'ol3_as-human');
  await archive(layout, '19700301T000000.000Z_1', 'other', 'ol4');
  for (const selector of ['197002', 'ages', 'config/ages.yaml', 'a', 'ol3']) {
    const found = (await findFinishedRuns(layout, selector)).map(({manifest}) => manifest.grid_id);
    expect(found, selector).toEqual(['19700201T000000.000Z_1']);
    await expect(findActiveRuns(layout, selector), selector).rejects.toMatchObject({code: 'grid-finished'});
  }
  for (const several of ['1970', 'ol', 'b']) {
    await expect(findFinishedRuns(layout, several), several).rejects.toMatchObject({code: 'grid-ambiguous'});
    await expect(findActiveRuns(layout, several), several).rejects.toMatchObject({code: 'grid-finished'});
  }
  expect(await findFinishedRuns(layout, 'nothing')).toEqual([]);
});
