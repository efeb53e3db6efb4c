import {existsSync, mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';

import {createLayout} from '../../../src/record/layout.ts';
import {isReflectedIn, listChanges, noteChange, removeChanges} from '../../../src/record/task/task-changes.ts';
import {temporaryFolder} from '../../support/temporary-folder.ts';

function layoutWithRecords() {
  const layout = createLayout({workspace: temporaryFolder()});
  mkdirSync(layout.taskRecords('g'), {recursive: true});
  return layout;
}

test('notes are found until they are removed; two of one task are two', async () => {
  const layout = layoutWithRecords();
  expect(await listChanges(layout, 'g')).toEqual([]);
  await noteChange(layout, 'g', {task_id: 7, attempt: 1, status: 'started'});
  await noteChange(layout, 'g', {task_id: 7, attempt: 2, status: 'succeeded'});
  await noteChange(layout, 'g', {task_id: 7, attempt: 2, status: 'succeeded'});
  writeFileSync(join(layout.taskRecords('g'), 'changed/not a note'), '');
  const changes = await listChanges(layout, 'g');
  expect(changes.map(({path: _path, ...change}) => change)).toEqual([
    {taskId: 7, attempt: 1, succeeded: false},
    {taskId: 7, attempt: 2, succeeded: true},
    {taskId: 7, attempt: 2, succeeded: true},
  ]);
  await removeChanges(changes.slice(1));
  expect(await listChanges(layout, 'g')).toEqual(changes.slice(0, 1));
});

test('a grid run that was finished meanwhile does not come back', async () => {
  const layout = createLayout({workspace: temporaryFolder()});
  await noteChange(layout, 'g', {task_id: 0, attempt: 1, status: 'succeeded'});
  expect(existsSync(layout.taskRecords('g'))).toBe(false);
});

test('a note that cannot be written is an error with its path', async () => {
  const layout = layoutWithRecords();
  writeFileSync(join(layout.taskRecords('g'), 'changed'), '');
  const note = noteChange(layout, 'g', {task_id: 0, attempt: 1, status: 'started'});
  await expect(note).rejects.toMatchObject({code: 'cannot-write', message: expect.stringContaining('changed/0.1.b')});
});

test.each([
  [{attempt: 2, succeeded: true}, undefined, false],
  [{attempt: 2, succeeded: true}, {attempt: 1, status: 'succeeded'}, false],
  [{attempt: 2, succeeded: true}, {attempt: 2, status: 'started'}, false],
  [{attempt: 2, succeeded: true}, {attempt: 2, status: 'succeeded'}, true],
  [{attempt: 2, succeeded: false}, {attempt: 2, status: 'started'}, true],
  [{attempt: 2, succeeded: true}, {attempt: 3, status: 'started'}, true],
])('the note %j in the record %j: %j', (change, record, expected) => {
  expect(isReflectedIn({path: '', taskId: 0, ...change}, record)).toBe(expected);
});
