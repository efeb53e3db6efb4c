import {existsSync, readFileSync} from 'node:fs';
import {dirname, join, resolve} from 'node:path';

/**
 * The commit that is checked out in a folder, read from git's files (starting git would cost more than the rest of our
 * start).
 *
 * @param checkout its `.git` is a folder, or in a worktree or submodule a file that names one.
 * @returns undefined where there is no checkout, or one without a commit.
 */
export function checkedOutCommit(checkout: string): string | undefined {
  const own = gitFolder(checkout);
  const head = readText(join(own, 'HEAD'));
  if (head === undefined) return undefined;
  if (!head.startsWith('ref: ')) return head;
  const ref = head.slice('ref: '.length);
  // A worktree has its own HEAD; branches are in the folder that all worktrees share.
  const shared = resolve(own, readText(join(own, 'commondir')) ?? '.');
  return readText(join(own, ref)) ?? readText(join(shared, ref)) ?? packedRef(shared, ref);
}

/** Finds the checkout that a folder is in, and its commit; undefined outside of any. */
export function findCheckout(folder: string): {readonly root: string; readonly commit: string | undefined} | undefined {
  for (let root = resolve(folder); ; root = dirname(root)) {
    if (existsSync(join(root, '.git'))) return {root, commit: checkedOutCommit(root)};
    if (dirname(root) === root) return undefined;
  }
}

function gitFolder(checkout: string): string {
  const path = join(checkout, '.git');
  const link = readText(path)?.match(/^gitdir: (.+)$/m)?.[1];
  return link === undefined ? path : resolve(checkout, link);
}

/** Refs that have not changed for long stand in one file: a commit and a name a line. */
function packedRef(folder: string, ref: string): string | undefined {
  const line = readText(join(folder, 'packed-refs'))
    ?.split('\n')
    .find(each => each.endsWith(` ${ref}`));
  return line?.split(' ')[0];
}

/** Undefined for what is no file that can be read. */
function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined;
  }
}
