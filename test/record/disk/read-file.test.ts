import {mkdirSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';

import {cannotRead, readIfExists, readJsonIfIntact} from '../../../src/record/disk/read-file.ts';
import {temporaryFolder} from '../../support/temporary-folder.ts';

test('a file is read; one that is not there is undefined, whatever part of its path is missing', async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'file'), 'text');
  expect(await readIfExists(join(folder, 'file'))).toBe('text');
  for (const absent of ['other', 'no/folder/file', 'file/inside']) {
    expect(await readIfExists(join(folder, absent))).toBeUndefined();
  }
});

test('a file that its folder lists and that cannot be found is not taken for absent', async () => {
  const path = join(temporaryFolder(), 'replaced');
  symlinkSync(`${path}.target`, path);
  await expect(readIfExists(path)).rejects.toMatchObject({code: 'cannot-read'});
  expect(await readIfExists(path, {lookTwice: false})).toBeUndefined();
});

test('a file that is being replaced is read when it is back', async () => {
  const path = join(temporaryFolder(), 'replaced');
  symlinkSync(`${path}.target`, path);
  const reading = readIfExists(path);
  writeFileSync(`${path}.target`, 'back');
  expect(await reading).toBe('back');
});

test('JSON that is torn reads as undefined, and what cannot be read as an error', async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'whole'), '{"a": 1}');
  writeFileSync(join(folder, 'torn'), '{"a": ');
  mkdirSync(join(folder, 'folder'));
  expect(await readJsonIfIntact(join(folder, 'whole'))).toEqual({a: 1});
  expect(await readJsonIfIntact(join(folder, 'torn'))).toBeUndefined();
  expect(await readJsonIfIntact(join(folder, 'absent'))).toBeUndefined();
  await expect(readJsonIfIntact(join(folder, 'folder'))).rejects.toMatchObject({
    code: 'cannot-read',
    hint: 'a folder is where a file has to be: move it away',
  });
});

test('an error that already tells the user what to do is passed on', () => {
  const error = cannotRead('a', new Error('EIO'));
  expect(error).toMatchObject({code: 'cannot-read', message: 'cannot read a: EIO'});
  expect(cannotRead('b', error)).toBe(error);
});
