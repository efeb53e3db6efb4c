import {join} from 'node:path';
import {expect, test} from 'vitest';

import {findActiveRuns, findFinishedRuns, findRuns} from '../../../src/record/sets/find-runs.ts';
import {createGridRuns} from '../../../src/record/grid/grid-run.ts';
import type {ArchivedGrid} from '../../../src/record/grid/archive.ts';
import {createLayout, type Layout} from '../../../src/record/layout.ts';
import {writeFileAtomic} from '../../../src/record/disk/atomic-file.ts';
import {temporaryFolder} from '../../support/temporary-folder.ts';

const DAY_MS = 86_400_000;

async function submit(
  layout: Layout,
  config: string,
  experiment: string,
  day: number,
  rep = 1,
  trials?: {readonly frontend: string; readonly config_folder?: string},
): Promise<string> {
  const [run] = await createGridRuns(layout, {
    configPath: `config/${config}.yaml`,
    configText: 'a: 1\n',
    submittedAtMs: day * DAY_MS,
    repetitions: rep,
    macVersion: '0',
    questionsPlanned: 1,
    trials,
    makeTasks: () => [
      {
        task_id: 0,
        experiment_name: experiment,
        benchmark_subcategory: trials ? `${trials.frontend}/${experiment}` : 'b',
        grid_sweep_specs: {},
        skip_cleanup: false,
        task_key: 'k',
      },
    ],
  });
  return run!.grid_id;
}

async function archive(
  layout: Layout,
  gridId: string,
  config: string,
  experiment: string,
  extra: object = {},
): Promise<void> {
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
      ...extra,
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

test('an id or the beginning of one goes before a config, and a config or the beginning of one before an experiment', async () => {
  const layout = createLayout({workspace: temporaryFolder()});
  const first = await submit(layout, 'a', 'cfg', 1);
  const second = await submit(layout, '1970010', 'a_exp', 40);
  const third = await submit(layout, 'cfg_long', '19700210', 41);
  const find = async (selector: string): Promise<string[]> =>
    (await findActiveRuns(layout, selector)).map(({grid_id: id}) => id);
  expect(await find('1970010'), 'a config has this name, an id begins so').toEqual([first]);
  expect(await find('19700210'), 'an experiment has this name, an id begins so').toEqual([second]);
  expect(await find('cfg'), 'an experiment has this name, a config begins so').toEqual([third]);
  for (const id of [first, second, third]) expect(await find(id)).toEqual([id]);
});

test('finished grids are found in the same order of names', async () => {
  const layout = createLayout({workspace: temporaryFolder()});
  await archive(layout, '19700102T000000.000Z_1', 'a', 'cfg');
  await archive(layout, '19700210T000000.000Z_1', '1970010', 'x');
  await archive(layout, '19700211T000000.000Z_1', 'cfg_long', '19700210');
  const find = async (selector: string): Promise<unknown[]> =>
    (await findFinishedRuns(layout, selector)).map(({manifest}) => manifest.grid_id);
  expect(await find('1970010')).toEqual(['19700102T000000.000Z_1']);
  expect(await find('19700210')).toEqual(['19700210T000000.000Z_1']);
  expect(await find('cfg')).toEqual(['19700211T000000.000Z_1']);
  expect(await find('latest')).toEqual(['19700211T000000.000Z_1']);
  await expect(find('1970021')).rejects.toMatchObject({
    message: '"1970021" fits 2 names: 19700210T000000.000Z_1, 19700211T000000.000Z_1',
    hint: 'say which one: a beginning that only it has is enough',
  });
  await expect(find('b')).rejects.toMatchObject({
    message:
      '"b" fits 3 names: 19700102T000000.000Z_1 (a_19700201T000000.000Z.yaml), 19700210T000000.000Z_1 ' +
      '(1970010_19700201T000000.000Z.yaml), 19700211T000000.000Z_1 (cfg_long_19700201T000000.000Z.yaml)',
  });
});

test('latest means all repetitions of the newest config; without an unfinished grid it says so', async () => {
  const layout = createLayout({workspace: temporaryFolder()});
  await expect(findActiveRuns(layout, 'latest')).rejects.toMatchObject({
    code: 'grid-finished',
    message: 'there is no unfinished grid in this workspace',
    hint: 'mac ls lists the grids',
  });
  expect(await findFinishedRuns(layout, 'latest')).toEqual([]);
  await submit(layout, 'older', 'e', 1);
  const newest = await submit(layout, 'newer', 'e', 2, 3);
  const found = await findActiveRuns(layout, 'latest');
  expect(found.map(({repetition}) => repetition)).toEqual([1, 2, 3]);
  expect(found[0]!.grid_id).toBe(newest);
  expect(await findActiveRuns(layout, 'newer'), 'a config means all its repetitions').toHaveLength(3);
  expect(await findActiveRuns(layout, newest)).toHaveLength(1);
});

test('a damaged grid hides no id or config, and stops the search among experiments', async () => {
  const layout = createLayout({workspace: temporaryFolder()});
  const whole = await submit(layout, '19700', 'e', 300);
  await writeFileAtomic(layout.gridManifest('19700102T000000.000Z_1'), '{');
  const find = async (selector: string): Promise<string[]> =>
    (await findActiveRuns(layout, selector)).map(({grid_id: id}) => id);
  expect(await find('latest')).toEqual([whole]);
  expect(await find('19700')).toEqual([whole]);
  expect(await find('e')).toEqual([whole]);
  const damaged = {code: 'grid-damaged', message: expect.stringContaining('19700102T000000.000Z_1 cannot be read')};
  await expect(find('197001'), 'which an id could be').rejects.toMatchObject(damaged);
});

test('where nothing unfinished has a name, the finished grids of that name are found; no grid at all is no error', async () => {
  const layout = createLayout({workspace: temporaryFolder()});
  const find = async (selector: string): Promise<unknown[][]> => {
    const {active, finished} = await findRuns(layout, selector);
    return [active.map(run => run.grid_id), finished.map(({manifest}) => manifest.grid_id)];
  };
  expect(await find('latest')).toEqual([[], []]);
  await archive(layout, '19700201T000000.000Z_1', 'ages', 'e');
  await archive(layout, '19700202T000000.000Z_1', 'other', 'e');
  expect(await find('ages')).toEqual([[], ['19700201T000000.000Z_1']]);
  await expect(find('e')).rejects.toMatchObject({code: 'grid-ambiguous'});
  await expect(find('nothing')).rejects.toMatchObject({
    code: 'grid-unknown',
    message: `no grid "nothing" in ${layout.bookkeeping}`,
  });
  const active = await submit(layout, 'ages', 'e', 1);
  expect(await find('ages')).toEqual([[active], []]);
  expect(await find('latest')).toEqual([[active], []]);
});

test('a finished run of a file of trials is meant where it is newer than an unfinished one, but not by an id', async () => {
  const layout = createLayout({workspace: temporaryFolder()});
  const older = await submit(layout, 'ext', 'a', 1, 1, {frontend: 'bench'});
  await archive(layout, '19700201T000000.000Z_1', 'ext', 'a', {frontend: 'bench'});
  const {active, finished} = await findRuns(layout, 'config/ext.yaml');
  expect(active).toEqual([]);
  expect(finished.map(({manifest}) => manifest.grid_id)).toEqual(['19700201T000000.000Z_1']);
  expect((await findRuns(layout, older)).active.map(({grid_id: id}) => id)).toEqual([older]);
  const newer = await submit(layout, 'ext', 'a', 60, 1, {frontend: 'bench'});
  expect((await findRuns(layout, 'ext')).active.map(({grid_id: id}) => id)).toEqual([newer]);
});

test('studies of one name in two folders are told apart by the folder, and each by the id of its set', async () => {
  const layout = createLayout({workspace: temporaryFolder()});
  const folder = (name: string): string => join(layout.workspace, 'work', name);
  const first = await submit(layout, 'study', 'one', 1, 1, {frontend: 'study', config_folder: folder('first')});
  const second = await submit(layout, 'study', 'two', 2, 1, {frontend: 'study', config_folder: folder('second')});
  const find = async (selector: string): Promise<string[]> =>
    (await findActiveRuns(layout, selector)).map(({grid_id: id}) => id);
  for (const name of ['work/first/study.yaml', './work/first/study.yaml', 'first/study.yaml', 'study/one', 'one']) {
    expect(await find(name), name).toEqual([first]);
  }
  expect(await find(join(folder('second'), 'study.yaml'))).toEqual([second]);
  await expect(find('study.yaml')).rejects.toMatchObject({code: 'grid-ambiguous'});
  await expect(find('third/study.yaml')).rejects.toMatchObject({code: 'grid-unknown'});
  const later = await submit(layout, 'study', 'one', 3, 1, {frontend: 'study', config_folder: folder('first')});
  for (const name of ['first/study.yaml', 'study/one', 'one']) expect(await find(name), name).toEqual([later]);
  await archive(layout, '19700601T000000.000Z_1', 'study', 'z', {frontend: 'study', config_folder: folder('third')});
  const finished = await findFinishedRuns(layout, 'work/third/study.yaml');
  expect(finished.map(({manifest}) => manifest.grid_id)).toEqual(['19700601T000000.000Z_1']);
  expect(await findFinishedRuns(layout, 'work/first/study.yaml')).toEqual([]);
});
