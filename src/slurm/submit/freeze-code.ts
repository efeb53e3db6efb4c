import {randomBytes} from 'node:crypto';
import {copyFile, mkdir, readFile, readdir, realpath, rename, rm, stat, symlink, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';

import {MAX_OPEN_FILES, mapConcurrently} from '../../core/concurrency.ts';
import {errorMessage, systemErrorCode, UserError} from '../../core/errors.ts';
import {canonicalJson, sha256} from '../../core/seeds/hash.ts';
import {codeVersion, PACKAGE_ROOT} from '../../core/version.ts';
import {cannotWrite} from '../../record/disk/atomic-file.ts';
import {readJsonOrNothing} from '../../record/disk/read-file.ts';
import type {Layout} from '../../record/layout.ts';
import type {FrozenCodeReference} from '../submission/submission-file.ts';

/** Entries of the package that jobs need; absent ones are left out. */
const FROZEN_ENTRIES = ['bin', 'dist', 'templates', 'package.json'];

/** Lies beside a frozen copy; `codeVersion` reads its version. */
interface FrozenCode {
  readonly schema: 'mac.frozen-code/1';
  readonly version: string;
  readonly hash: string;
  /** Folder that it was copied from. */
  readonly source: string;
  /** The packages it uses, which are linked, not copied: they are large and seldom change. */
  readonly packages: Readonly<Record<string, string>>;
}

/**
 * Copies the code that is running into the workspace, once per version, so that later edits of the checkout do not
 * reach jobs that wait. The copy lies at `bookkeeping/slurm/code/{hash}`; its packages are links to the installed ones.
 *
 * @throws UserError `cannot-write`; `packages-missing` when the installation is not complete.
 */
export async function freezeCode(layout: Layout): Promise<FrozenCodeReference> {
  const reference = await describeCode(layout);
  const packages = await findPackages(PACKAGE_ROOT);
  if (!(await exists(join(reference.path, 'code.json')))) await copyCode(reference, packages);
  return reference;
}

/** Returns what `freezeCode` would give now; writes nothing. */
export async function describeCode(layout: Layout): Promise<FrozenCodeReference> {
  const files = await listFiles(PACKAGE_ROOT);
  const contents = await mapConcurrently(files, MAX_OPEN_FILES, async file => [
    file,
    sha256(await readFile(join(PACKAGE_ROOT, file))),
  ]);
  const packages = await findPackages(PACKAGE_ROOT);
  const versions = [...packages].map(([name, {version}]) => [name, version]);
  const lock = await readFile(join(PACKAGE_ROOT, 'package-lock.json'), 'utf8').catch(() => '');
  const hash = sha256(canonicalJson({contents, versions, lock: sha256(lock)})).slice(0, 16);
  return {version: codeVersion(), hash, path: layout.slurmCode(hash)};
}

/**
 * Names the packages that changed since the code at `path` was frozen, in words: they are linked, so an update or
 * removal reaches waiting jobs. None when nothing changed, or when `path` is no frozen code.
 */
export async function changedPackages(path: string): Promise<string[]> {
  const frozen = await readFrozen(path);
  if (!frozen) return [];
  const changed: string[] = [];
  for (const [name, version] of Object.entries(frozen.packages)) {
    const now = await readVersion(join(path, 'node_modules', name));
    if (now !== version) changed.push(`${name} was ${version}, is ${now ?? 'gone'}`);
  }
  return changed;
}

async function copyCode(
  {path, hash, version}: FrozenCodeReference,
  packages: ReadonlyMap<string, {folder: string; version: string}>,
): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    for (const file of await listFiles(PACKAGE_ROOT)) {
      await mkdir(dirname(join(temporary, file)), {recursive: true});
      await copyFile(join(PACKAGE_ROOT, file), join(temporary, file));
    }
    for (const [name, {folder}] of packages) {
      const link = join(temporary, 'node_modules', name);
      await mkdir(dirname(link), {recursive: true});
      await symlink(folder, link, 'dir');
    }
    const frozen: FrozenCode = {
      schema: 'mac.frozen-code/1',
      version,
      hash,
      source: PACKAGE_ROOT,
      packages: Object.fromEntries([...packages].map(([name, {version: installed}]) => [name, installed])),
    };
    await writeFile(join(temporary, 'code.json'), JSON.stringify(frozen, null, 2));
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, {recursive: true, force: true});
    // Somebody else froze the same code a moment ago.
    const isTaken = ['EEXIST', 'ENOTEMPTY'].includes(systemErrorCode(error) ?? '');
    if (!isTaken || !(await exists(join(path, 'code.json')))) throw cannotWrite(path, error);
  }
}

/** Returns the files of the package that jobs need, relative to it, sorted. */
async function listFiles(root: string): Promise<string[]> {
  const files: string[] = [];
  const walk = async (path: string): Promise<void> => {
    const entries = await readdir(join(root, path), {withFileTypes: true});
    for (const entry of entries) {
      const inner = join(path, entry.name);
      if (entry.isDirectory()) await walk(inner);
      // What compilers keep for themselves and maps for debuggers are not code.
      else if (!entry.name.startsWith('.') && !entry.name.endsWith('.map')) files.push(inner);
    }
  };
  for (const part of FROZEN_ENTRIES) {
    if (part.endsWith('.json')) files.push(part);
    else if (await exists(join(root, part))) await walk(part);
  }
  return files.sort();
}

/** Finds our dependencies as Node.js does: beside us, or further up when we are a package ourselves. */
async function findPackages(root: string): Promise<Map<string, {folder: string; version: string}>> {
  const {dependencies = {}} = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
    dependencies?: Record<string, string>;
  };
  const found = new Map<string, {folder: string; version: string}>();
  for (const name of Object.keys(dependencies).sort()) {
    const folder = await findPackage(root, name);
    const version = folder === undefined ? undefined : await readVersion(folder);
    if (folder === undefined || version === undefined) {
      throw new UserError('packages-missing', `the package ${name}, which mac needs, is not installed beside ${root}`, {
        hint: 'install mac again (npm ci)',
      });
    }
    found.set(name, {folder, version});
  }
  return found;
}

async function findPackage(root: string, name: string): Promise<string | undefined> {
  for (let folder = root; ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name);
    if (await exists(join(candidate, 'package.json'))) return await realpath(candidate);
    if (folder === dirname(folder)) return undefined;
  }
}

async function readVersion(folder: string): Promise<string | undefined> {
  return ((await readJsonOrNothing(join(folder, 'package.json'))) as {version?: string} | undefined)?.version;
}

async function readFrozen(path: string): Promise<FrozenCode | undefined> {
  const value = (await readJsonOrNothing(join(path, 'code.json'))) as FrozenCode | undefined;
  return value?.schema === 'mac.frozen-code/1' ? value : undefined;
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(systemErrorCode(error) ?? '')) return false;
    throw new UserError('cannot-read', `${path} cannot be read: ${errorMessage(error)}`, {cause: error});
  }
}
