import {createHash} from 'node:crypto';
import {createReadStream} from 'node:fs';
import {readdir, stat} from 'node:fs/promises';
import {join} from 'node:path';
import {pipeline} from 'node:stream/promises';

import {mapConcurrently} from '../../core/concurrency.ts';
import {asMapping, isMapping} from '../../core/mapping.ts';
import {systemErrorCode} from '../../core/errors.ts';
import type {JobRow} from './job-row.ts';

/** One file that exists. */
interface IndexedFile {
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
  /** Tells whether the hash is still that of the file. */
  readonly mtime_ms: number;
}

/** The files that a run of a matrix may have, by their names in the index, relative to its folder. */
export const CANONICAL_FILES: Readonly<Record<string, string>> = {
  config_snapshot: 'meta/config.snapshot.yaml',
  manifest: 'meta/manifest.json',
  env: 'meta/env.json',
  git: 'meta/git.json',
  results_csv: 'results.csv',
  summary: 'summary.json',
  leaderboard: 'leaderboard.csv',
};

/** Files open at once: their content is read. */
const PARALLEL = 8;

/**
 * Lists the files of a run that exist, with their sizes and hashes. A file that has not changed since an earlier index
 * is not read again.
 */
export async function indexFiles(runFolder: string, jobs: readonly JobRow[], earlier: unknown): Promise<object> {
  const known = collectKnown(earlier);
  const index = (paths: Readonly<Record<string, string>>): Promise<Record<string, IndexedFile>> =>
    indexPaths(runFolder, paths, known);
  const canonical = await index(CANONICAL_FILES);
  const listed = await mapConcurrently(jobs, PARALLEL, async ({job_id, task_id, suite, trainer_id}) => {
    const paths = await listFiles(runFolder, `jobs/${job_id}`);
    const files = await index(Object.fromEntries(paths.map(path => [path.slice(`jobs/${job_id}/`.length), path])));
    return {job_id, task_id, suite, trainer_id, files};
  });
  return {
    run_dir: runFolder,
    canonical_files: canonical,
    notes: 'Files that exist, with their size in bytes and SHA-256; paths are relative to run_dir.',
    jobs: listed,
  };
}

async function indexPaths(
  runFolder: string,
  paths: Readonly<Record<string, string>>,
  known: ReadonlyMap<string, IndexedFile>,
): Promise<Record<string, IndexedFile>> {
  const files = await mapConcurrently(Object.entries(paths), PARALLEL, async ([name, path]) => {
    const file = await indexFile(runFolder, path, known.get(path));
    return file ? [[name, file] as const] : [];
  });
  return Object.fromEntries(files.flat());
}

/** Undefined for what is not there, or goes while it is looked at: a job may run. */
async function indexFile(
  runFolder: string,
  path: string,
  known: IndexedFile | undefined,
): Promise<IndexedFile | undefined> {
  const absolute = join(runFolder, path);
  try {
    const {size, mtimeMs} = await stat(absolute);
    if (known?.size === size && known.mtime_ms === mtimeMs) return known;
    return {path, size, sha256: await hashFile(absolute), mtime_ms: mtimeMs};
  } catch (error) {
    if (isNotThere(error)) return undefined;
    throw error;
  }
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

async function listFiles(runFolder: string, folder: string): Promise<string[]> {
  try {
    const entries = await readdir(join(runFolder, folder), {withFileTypes: true, recursive: true});
    const files = entries.filter(entry => entry.isFile() && !entry.name.endsWith('.tmp'));
    return files.map(entry => join(entry.parentPath, entry.name).slice(runFolder.length + 1)).sort();
  } catch (error) {
    if (isNotThere(error)) return [];
    throw error;
  }
}

/** Collects the files of an index, by their paths. */
function collectKnown(index: unknown): Map<string, IndexedFile> {
  const {canonical_files, jobs} = asMapping(index);
  const groups = [canonical_files, ...(Array.isArray(jobs) ? jobs.map((job: unknown) => asMapping(job)['files']) : [])];
  const files = groups.flatMap(group => Object.values(asMapping(group))).filter(isIndexedFile);
  return new Map(files.map(file => [file.path, file]));
}

function isIndexedFile(value: unknown): value is IndexedFile {
  if (!isMapping(value)) return false;
  const {path, size, sha256, mtime_ms} = value;
  return (
    typeof path === 'string' && typeof size === 'number' && typeof sha256 === 'string' && typeof mtime_ms === 'number'
  );
}

/** A part of a path may be a file instead of a folder, too. */
function isNotThere(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes(systemErrorCode(error) ?? '');
}
