import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

import {execa} from 'execa';
import {afterEach, beforeEach, expect, test} from 'vitest';

import {checkedOutCommit} from '../../src/core/git-commit.ts';

let folder: string;
let checkout: string;

/** In the checkout, with nobody's settings. */
async function git(...args: string[]): Promise<string> {
  const env = {GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null'};
  const identity = ['-c', 'user.name=a', '-c', 'user.email=a@example.org', '-c', 'commit.gpgsign=false'];
  const {stdout} = await execa('git', ['-C', checkout, ...identity, ...args], {env});
  return stdout;
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mac-git-'));
  checkout = join(folder, 'checkout');
  await execa('git', ['init', '--quiet', '--initial-branch', 'main', checkout]);
  await git('commit', '--quiet', '--allow-empty', '--message', 'first');
});

afterEach(async () => {
  await rm(folder, {recursive: true, force: true});
});

test('a checkout has the commit of its branch, packed or not, and a detached one its own', async () => {
  const commit = await git('rev-parse', 'HEAD');
  expect(checkedOutCommit(checkout)).toBe(commit);
  await git('pack-refs', '--all');
  expect(checkedOutCommit(checkout)).toBe(commit);
  await git('checkout', '--quiet', '--detach');
  expect(checkedOutCommit(checkout)).toBe(commit);
});

test('a worktree has the commit of its own branch, packed or not', async () => {
  const worktree = join(folder, 'worktree');
  await git('worktree', 'add', '--quiet', '-b', 'topic/one', worktree);
  await git('commit', '--quiet', '--allow-empty', '--message', 'second');
  const commit = await git('rev-parse', 'topic/one');
  expect(commit).not.toBe(await git('rev-parse', 'main'));
  expect(checkedOutCommit(worktree)).toBe(commit);
  await git('pack-refs', '--all');
  expect(checkedOutCommit(worktree)).toBe(commit);
});

test('a folder without a checkout has none', () => {
  expect(checkedOutCommit(folder)).toBeUndefined();
});
