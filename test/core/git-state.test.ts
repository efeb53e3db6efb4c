import {execFileSync} from 'node:child_process';
import {appendFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';

import {readGitState} from '../../src/core/git-state.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

function aCheckout(): {folder: string; git: (...args: string[]) => string} {
  const folder = temporaryFolder();
  const git = (...args: string[]): string =>
    execFileSync('git', ['-C', folder, '-c', 'user.name=a', '-c', 'user.email=a@b', ...args], {
      encoding: 'utf8',
    }).trim();
  git('init', '-q', '-b', 'trunk');
  writeFileSync(join(folder, 'a.txt'), 'one\n');
  git('add', '.');
  git('commit', '-q', '-m', 'first');
  return {folder, git};
}

test('a clean checkout has a commit, a branch and no difference', async () => {
  const {folder, git} = aCheckout();
  expect(await readGitState(folder)).toMatchObject({
    commit: git('rev-parse', 'HEAD'),
    short: git('rev-parse', '--short', 'HEAD'),
    branch: 'trunk',
    dirty: false,
    diff_sha256: null,
  });
});

test('a changed file makes it dirty, and the hash tells two changes apart', async () => {
  const {folder} = aCheckout();
  appendFileSync(join(folder, 'a.txt'), 'two\n');
  const first = await readGitState(folder);
  expect(first).toMatchObject({dirty: true, diff_sha256: expect.stringMatching(/^[0-9a-f]{64}$/)});
  appendFileSync(join(folder, 'a.txt'), 'three\n');
  expect((await readGitState(folder))?.diff_sha256).not.toBe(first?.diff_sha256);
});

test('a file that git does not track leaves it clean: runs write such files', async () => {
  const {folder} = aCheckout();
  writeFileSync(join(folder, 'new.txt'), 'new\n');
  expect(await readGitState(folder)).toMatchObject({dirty: false});
});

test('outside of a checkout there is none', async () => {
  expect(await readGitState(temporaryFolder())).toBeNull();
});
