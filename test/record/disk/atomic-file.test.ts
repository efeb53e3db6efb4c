import {existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';

import {
  cannotWrite,
  createFileExclusive,
  ensureFolder,
  removeFolder,
  removeIfExists,
  replaceFiles,
  WriteError,
  writeFileAtomic,
} from '../../../src/record/disk/atomic-file.ts';
import {temporaryFolder} from '../../support/temporary-folder.ts';

test('a folder is made with its parents, by many at once', async () => {
  const folder = join(temporaryFolder(), 'a/b/c/d');
  await Promise.all(Array.from({length: 20}, (_, i) => ensureFolder(i % 2 === 0 ? folder : `${folder}/e`)));
  expect(statSync(`${folder}/e`).isDirectory()).toBe(true);
});

test.runIf(existsSync('/proc/self'))(
  'a folder that can be neither found nor made is an error, not a loop',
  async () => {
    await expect(writeFileAtomic('/proc/nowhere/a/b.json', '{}')).rejects.toMatchObject({
      code: 'cannot-write',
      message: expect.stringContaining('cannot write /proc/nowhere/a/b.json: ENOENT'),
      hint: expect.stringContaining('MAC_FAIRNESS_EXPERIMENT_ROOT'),
    });
  },
);

test('a file where a folder has to be is an error that says so', async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'taken'), '');
  await expect(writeFileAtomic(join(folder, 'taken/f.json'), '{}')).rejects.toMatchObject({
    hint: 'a file is where a folder has to be',
  });
});

test('a file is replaced whole, and nothing else stays in its folder', async () => {
  const folder = temporaryFolder();
  const path = join(folder, 'f');
  await writeFileAtomic(path, 'old');
  await writeFileAtomic(path, ['new ', 'pieces'], {durable: false});
  expect(readFileSync(path, 'utf8')).toBe('new pieces');
  expect(readdirSync(folder)).toEqual(['f']);
});

test('a write that fails half-way leaves the old file and no other', async () => {
  const folder = temporaryFolder();
  const path = join(folder, 'f');
  await writeFileAtomic(path, 'old');
  const pieces = function* (): Generator<string> {
    yield 'half';
    throw new Error('ENOSPC');
  };
  await expect(writeFileAtomic(path, pieces())).rejects.toMatchObject({code: 'cannot-write', path});
  expect(readFileSync(path, 'utf8')).toBe('old');
  expect(readdirSync(folder)).toEqual(['f']);
});

test('a folder that was removed behind our back is made again by the write after the one that failed', async () => {
  const folder = join(temporaryFolder(), 'folder');
  await writeFileAtomic(join(folder, 'f'), 'old');
  rmSync(folder, {recursive: true});
  await expect(writeFileAtomic(join(folder, 'f'), 'new')).rejects.toMatchObject({code: 'cannot-write'});
  await writeFileAtomic(join(folder, 'f'), 'new');
  expect(readFileSync(join(folder, 'f'), 'utf8')).toBe('new');
});

test('several files appear together, after all are written', async () => {
  const folder = temporaryFolder();
  const paths = [join(folder, 'a/one'), join(folder, 'b/two')];
  await replaceFiles(paths, temporaries => {
    for (const temporary of temporaries) writeFileSync(temporary, 'whole');
    expect(paths.some(path => existsSync(path))).toBe(false);
    return Promise.resolve();
  });
  expect(paths.map(path => readFileSync(path, 'utf8'))).toEqual(['whole', 'whole']);
});

test('of several files none appears when one cannot be written', async () => {
  const folder = temporaryFolder();
  const failure = new Error('no rows');
  const paths = [join(folder, 'one'), join(folder, 'two')];
  await expect(replaceFiles(paths, () => Promise.reject(failure))).rejects.toBe(failure);
  expect(readdirSync(folder)).toEqual([]);
});

test('of many who create one file, one does', async () => {
  const path = join(temporaryFolder(), 'new/f');
  const outcomes = await Promise.all(Array.from({length: 10}, (_, i) => createFileExclusive(path, String(i))));
  expect(outcomes.filter(outcome => outcome === 'created')).toHaveLength(1);
  expect(readFileSync(path, 'utf8')).toBe(String(outcomes.indexOf('created')));
});

test('what is not there need not be removed; what cannot be removed is an error', async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'full/of'), {recursive: true});
  await removeIfExists(join(folder, 'absent'));
  await removeFolder(join(folder, 'absent'));
  await expect(removeIfExists(join(folder, 'full'))).rejects.toMatchObject({code: 'cannot-write'});
  await removeFolder(join(folder, 'full'));
  expect(readdirSync(folder)).toEqual([]);
});

test('a full disk is told with what to do, once', () => {
  const error = cannotWrite('a', Object.assign(new Error('ENOSPC: no space left'), {code: 'ENOSPC'}));
  expect(error).toBeInstanceOf(WriteError);
  expect(error).toMatchObject({path: 'a', hint: expect.stringContaining('the disk is full')});
  expect(cannotWrite('b', error)).toBe(error);
});
