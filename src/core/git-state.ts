import {createHash} from 'node:crypto';

import {execa} from 'execa';

/** The code that a run was made with, as git sees it. */
export interface GitState {
  /** Folder of the checkout, absolute. */
  readonly root: string;
  /** Null before the first commit. */
  readonly commit: string | null;
  /** As `git rev-parse --short` has it. */
  readonly short: string | null;
  /** Null when no branch is checked out. */
  readonly branch: string | null;
  /**
   * True when tracked files differ from the commit, as in `git describe --dirty`. Files that git does not track do not
   * count: runs write some themselves.
   */
  readonly dirty: boolean;
  /** SHA-256 of `git diff HEAD`; null when no tracked file differs. */
  readonly diff_sha256: string | null;
}

/** Reads the state of the checkout that a folder is in; null outside of any, and where there is no git. */
export async function readGitState(folder: string): Promise<GitState | null> {
  const git = async (...args: string[]): Promise<string | null> => {
    const {failed, stdout} = await execa('git', ['-C', folder, ...args], {
      reject: false,
      stdin: 'ignore',
      timeout: GIT_TIMEOUT_MS,
      maxBuffer: MAX_OUTPUT,
      // Looking must not take the lock of the user's index.
      env: {GIT_OPTIONAL_LOCKS: '0'},
    });
    return failed ? null : stdout;
  };
  const root = await git('rev-parse', '--show-toplevel');
  if (root === null) return null;
  const [commit, short, branch, status, diff] = await Promise.all([
    git('rev-parse', '--verify', '--quiet', 'HEAD'),
    git('rev-parse', '--short', 'HEAD'),
    git('symbolic-ref', '--quiet', '--short', 'HEAD'),
    git('status', '--porcelain', '--untracked-files=no'),
    git('diff', 'HEAD'),
  ]);
  const diffHash = diff === null || diff === '' ? null : createHash('sha256').update(diff).digest('hex');
  return {root, commit, short, branch, dirty: status !== null && status !== '', diff_sha256: diffHash};
}

/** A checkout on a slow disk; longer than anybody waits. */
const GIT_TIMEOUT_MS = 60_000;

const MAX_OUTPUT = 256 * 1024 * 1024;
