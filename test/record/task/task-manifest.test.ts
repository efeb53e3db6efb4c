import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';

import {journalPath} from '../../../src/record/task/journal.ts';
import {findEarlierManifests, removeManifest, readTaskManifest} from '../../../src/record/task/task-manifest.ts';
import {temporaryFolder} from '../../support/temporary-folder.ts';

const TASK = {gridId: 'g', taskIndex: 3, taskKey: 'k', configSnapshotPath: 's.yaml'};
const NAME = '20260101T000000.000Z_7_3.json';

function manifest(extra: object = {}): string {
  return JSON.stringify({
    job_task_id: '7_3',
    config_snapshot_path: 's.yaml',
    num_questions_planned: 1,
    num_questions_processed: 0,
    questions: {},
    created_at: '',
    ...extra,
  });
}

function journalLine(snapshot = 's.yaml'): string {
  const index = {
    question_id: 'q',
    job_task_id: '7_3',
    config_snapshot_path: snapshot,
    transcript_path: 't.json',
    status: 'succeeded',
    total_rounds_completed: 1,
    fatal_error: null,
  };
  const entry = {question_id: 'q', transcript_id: 't', status: 'succeeded', attempt: 1, recorded_at: '', index};
  return `${JSON.stringify(entry)}\n`;
}

/** Finds manifests in a folder with these files; a name without suffix is one of another attempt. */
async function find(files: Readonly<Record<string, string>>) {
  const folder = temporaryFolder();
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const warnings: string[] = [];
  const found = await findEarlierManifests(folder, TASK, message => warnings.push(message));
  return {found, warnings, folder};
}

test('manifests of this very task are found, oldest attempt first, with their journals', async () => {
  const {found, warnings} = await find({
    '20260101T000000.000Z_7_3-2.json': manifest({attempt: 2}),
    '20260102T000000.000Z_8_3.json': manifest({
      attempt: 1,
      config_snapshot_path: 'o',
      grid_id: 'g',
      task_id: 3,
      task_key: 'k',
    }),
    [journalPath('20260102T000000.000Z_8_3.json')]: journalLine(),
  });
  expect(found.map(({manifest: {attempt}, journal}) => [attempt, journal.length])).toEqual([
    [1, 1],
    [2, 0],
  ]);
  expect(warnings).toEqual([]);
});

test.each([
  ['another task of the grid, by its name', {'20260101T000000.000Z_7_4.json': manifest()}],
  ['another snapshot', {[NAME]: manifest({config_snapshot_path: 'o'})}],
  ['another grid', {[NAME]: manifest({config_snapshot_path: 'o', grid_id: 'h', task_id: 3, task_key: 'k'})}],
  ['another task key', {[NAME]: manifest({config_snapshot_path: 'o', grid_id: 'g', task_id: 3, task_key: 'l'})}],
  ['a hidden file', {[`.${NAME}`]: manifest()}],
  ['a damaged manifest without a journal', {[NAME]: '{'}],
  ["a damaged manifest with another task's journal", {[NAME]: '{', [journalPath(NAME)]: journalLine('o')}],
])('%s is left alone', async (_what, files) => {
  expect((await find(files)).found).toEqual([]);
});

test('a damaged manifest is made up for by its journal, with a warning', async () => {
  const {found, warnings} = await find({[NAME]: '{', [journalPath(NAME)]: journalLine()});
  expect(found).toMatchObject([{damaged: true, journal: [{question_id: 'q'}], manifest: {questions: {}}}]);
  expect(warnings).toEqual([expect.stringMatching(/is damaged; its journal and the index tell what was done$/)]);
});

test('torn lines of a journal are counted and skipped', async () => {
  const {found, warnings} = await find({[NAME]: manifest(), [journalPath(NAME)]: `${journalLine()}{"question`});
  expect(found[0]?.journal).toHaveLength(1);
  expect(warnings).toEqual([expect.stringMatching(/1 torn line\(s\) skipped; their questions run again$/)]);
});

test('a manifest goes with its journal; what is no manifest reads as undefined', async () => {
  const {folder} = await find({[NAME]: manifest(), [journalPath(NAME)]: journalLine(), other: '{"questions": 1}'});
  expect(await readTaskManifest(join(folder, NAME))).toMatchObject({job_task_id: '7_3'});
  expect(await readTaskManifest(join(folder, 'other'))).toBeUndefined();
  await removeManifest(join(folder, NAME));
  await removeManifest(join(folder, NAME));
  expect(await readTaskManifest(join(folder, NAME))).toBeUndefined();
  mkdirSync(join(folder, NAME));
  await expect(readTaskManifest(join(folder, NAME))).rejects.toMatchObject({code: 'cannot-read'});
});
