import {readFile} from 'node:fs/promises';
import {join} from 'node:path';

import {sha256} from '../../core/seeds/hash.ts';
import {codeVersion} from '../../core/version.ts';
import type {ProjectContext} from '../projector.ts';
import {studyTimestamp} from './study-rows.ts';

/** Files that pin the versions of what a study runs, in the order in which they are looked for. */
const LOCK_FILES = ['package-lock.json', 'uv.lock', 'poetry.lock', 'requirements.txt'];

/** Returns the code and the machine that a study was last run with, for whoever runs it again. */
export async function describeEnvironment({layout, git, clock}: ProjectContext): Promise<object> {
  return {
    git_commit: git?.commit ?? null,
    git_branch: git?.branch ?? null,
    git_dirty: git?.dirty ?? null,
    git_diff_sha256: git?.diff_sha256 ?? null,
    runtime: `node ${process.versions.node}`,
    platform: `${process.platform}-${process.arch}`,
    package_version: codeVersion(),
    lockfile: await hashLockFile(layout.workspace),
    captured_at: studyTimestamp(clock.now()),
  };
}

async function hashLockFile(workspace: string): Promise<{name: string; sha256: string} | null> {
  for (const name of LOCK_FILES) {
    const bytes = await readFile(join(workspace, name)).catch(() => null);
    if (bytes) return {name, sha256: sha256(bytes)};
  }
  return null;
}
