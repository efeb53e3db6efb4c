import {createHash} from 'node:crypto';
import {access, constants, mkdtemp, readdir, readFile, stat} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {dirname, join, resolve} from 'node:path';

import {UserError} from '../../core/errors.ts';
import {canonicalJson} from '../../core/seeds/hash.ts';
import {packageVersion} from '../../core/version.ts';
import {ensureFolder, removeFolder, writeFileAtomic} from '../../record/disk/atomic-file.ts';
import type {Layout} from '../../record/layout.ts';
import {Problems, type Problem} from '../records/problems.ts';
import type {KnownTask} from '../records/recorded-tasks.ts';
import {exportTables} from './export.ts';
import {SCHEMA} from './schema.ts';
import type {TableName} from './table.ts';

/** Tables as Parquet files. */
export interface StoredTables<Name extends string = TableName> {
  readonly paths: ReadonlyMap<Name, string>;
  /** Problems of the underlying records. */
  readonly problems: readonly Problem[];
}

/**
 * Gives tables as Parquet files: those of an earlier query where nothing has changed since, else made now. Where the
 * workspace cannot be written, they are made for this once.
 *
 * @throws UserError `engine-missing`, `cannot-write`.
 */
export async function withStoredTables<Result>(
  layout: Layout,
  tasks: readonly KnownTask[],
  {names, signal, fresh}: Omit<TableRequest, 'folder'>,
  work: (stored: StoredTables) => Promise<Result>,
): Promise<Result> {
  const folder = join(layout.tablesCache, await hashInputs(layout, tasks));
  if (await canKeep(folder)) {
    const stored = await provideTables(layout, tasks, {names, signal, fresh, folder});
    await evictOldStates(layout.tablesCache);
    return work(stored);
  }
  const passing = await mkdtemp(join(tmpdir(), 'mac-tables-'));
  try {
    return await work(await provideTables(layout, tasks, {names, signal, fresh, folder: passing}));
  } finally {
    await removeFolder(passing);
  }
}

async function canKeep(folder: string): Promise<boolean> {
  try {
    await ensureFolder(folder);
    await access(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * All that the tables follow from, in short: what the indexes and configs say, the question files, how tables are made,
 * and the times of the folders of transcripts, which show that a file was replaced, removed or put back.
 */
async function hashInputs(layout: Layout, tasks: readonly KnownTask[]): Promise<string> {
  const hash = createHash('sha256').update(canonicalJson([packageVersion(), SCHEMA]));
  for (const {id, jobTaskId, config, references} of tasks) {
    hash.update(
      canonicalJson([
        id,
        jobTaskId,
        config,
        await fileState(resolve(layout.workspace, layout.resolve(config.experiment_metadata.questions_file))),
      ]),
    );
    const folders = new Set(references.map(({path}) => dirname(layout.resolve(path))));
    for (const folder of folders) hash.update(canonicalJson(await fileState(folder)));
    for (const {questionId, path, status, attempt} of references)
      hash.update(`${questionId}\n${path}\n${status}\n${attempt}\n`);
  }
  return hash.digest('hex').slice(0, 32);
}

async function fileState(path: string): Promise<unknown> {
  try {
    const {size, mtimeMs, ino} = await stat(path);
    return [size, mtimeMs, ino];
  } catch {
    return null;
  }
}

interface TableRequest {
  readonly names: readonly TableName[];
  readonly signal: AbortSignal;
  /** True to ignore what earlier queries stored. */
  readonly fresh: boolean;
  readonly folder: string;
}

/** Provides tables; one is complete when its problems are recorded, which happens last. */
async function provideTables(
  layout: Layout,
  tasks: readonly KnownTask[],
  {names, signal, fresh, folder}: TableRequest,
): Promise<StoredTables> {
  const tablePath = (name: TableName): string => join(folder, `${name}.parquet`);
  const problemsPath = (name: TableName): string => join(folder, `${name}.problems.json`);
  const known = new Map<TableName, readonly Problem[]>();
  for (const name of names) {
    const problems = await readProblems(problemsPath(name));
    const isThere = await access(tablePath(name)).then(
      () => true,
      () => false,
    );
    if (problems && isThere && !fresh) known.set(name, problems);
  }
  const missing = names.filter(name => !known.has(name));
  if (missing.length > 0) {
    const problems = new Problems();
    const targets = missing.map(table => ({table, path: tablePath(table)}));
    await exportTables(layout, tasks, targets, {format: 'parquet', problems, signal});
    for (const name of missing) {
      await writeFileAtomic(problemsPath(name), JSON.stringify(problems.list()), {durable: false});
      known.set(name, problems.list());
    }
  }
  return {paths: new Map(names.map(name => [name, tablePath(name)])), problems: mergeProblems([...known.values()])};
}

async function readProblems(path: string): Promise<readonly Problem[] | null> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Problem[];
  } catch {
    return null;
  }
}

/** Tables are made from the same records, which have the same problems: of each kind the largest count is meant. */
export function mergeProblems(lists: readonly (readonly Problem[])[]): Problem[] {
  const merged = new Map<string, Problem>();
  for (const problem of lists.flat()) {
    if (problem.count > (merged.get(problem.kind)?.count ?? 0)) merged.set(problem.kind, problem);
  }
  return [...merged.values()];
}

/** Number of selection states that are kept. */
const MAX_KEPT_STATES = 8;

/** Younger ones may be being read, by another host too; times are the file server's. */
const MIN_EVICTION_AGE_MS = 60 * 60 * 1000;

async function evictOldStates(cache: string): Promise<void> {
  const found: {path: string; mtimeMs: number}[] = [];
  for (const name of await readdir(cache)) {
    const path = join(cache, name);
    const {mtimeMs} = await stat(path).catch(() => ({mtimeMs: Infinity}));
    found.push({path, mtimeMs});
  }
  found.sort((a, b) => b.mtimeMs - a.mtimeMs);
  const [newest] = found;
  for (const {path, mtimeMs} of found.slice(MAX_KEPT_STATES)) {
    if (newest && newest.mtimeMs - mtimeMs > MIN_EVICTION_AGE_MS) await removeFolder(path).catch(ignoreUnwritable);
  }
}

/** Ignores a failure to tidy up: it must not fail the query. */
function ignoreUnwritable(error: unknown): void {
  if (!(error instanceof UserError)) throw error;
}
