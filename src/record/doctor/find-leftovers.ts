import {readdir, stat} from 'node:fs/promises';
import {hostname} from 'node:os';
import {basename, join} from 'node:path';

import {ok, warn, type Finding} from '../../core/finding.ts';
import {describeExecutor, hasSurelyEnded} from '../lease/executor-identity.ts';
import {readCurrentManifest} from '../grid/grid-manifest.ts';
import {listActiveRuns} from '../grid/active-runs.ts';
import type {Layout} from '../layout.ts';
import {newestLease, readLease} from '../lease/lease-file.ts';
import {STALE_LEASE_MS} from '../lease/peek-lease.ts';
import {serverTime} from '../disk/server-time.ts';

/** Nobody writes a file for this long. */
const STALE_FILE_MS = 3_600_000;
const MAX_SHOWN = 5;

/** Finds tasks whose executors are gone, and files that dead processes left. */
export async function findLeftovers(layout: Layout, nowMs: number): Promise<Finding[]> {
  return [await findStaleLeases(layout), await findUnfinishedFiles(layout, nowMs)];
}

async function findStaleLeases(layout: Layout): Promise<Finding> {
  const stale: string[] = [];
  for (const {grid_id: gridId} of await listActiveRuns(layout)) {
    const manifest = await readCurrentManifest(layout, gridId);
    if (typeof manifest === 'string') continue;
    // Without a folder to write to nothing is old.
    const serverNowMs = await serverTime(layout.leases(gridId)).catch(() => -Infinity);
    for (const {task_id: taskId, status} of manifest.tasks) {
      if (status !== 'started') continue;
      const holder = await describeDeadHolder(join(layout.leases(gridId), String(taskId)), serverNowMs);
      if (holder !== undefined) stale.push(`task ${taskId} of ${gridId} (${holder})`);
    }
  }
  if (stale.length === 0) return ok('leases', 'no task is held by an executor that is gone');
  const found = `${stale.length} tasks were left by executors that are gone: ${abbreviateList(stale)}`;
  return warn('leases', found, 'nothing is lost: mac resume takes them over');
}

/** Describes the holder of a lease if it is dead. */
async function describeDeadHolder(folder: string, serverNowMs: number): Promise<string | undefined> {
  try {
    const newest = await newestLease(folder, 'lease');
    const lease = newest && (await readLease(newest.path));
    if (!newest || !lease) return undefined; // being written
    const {holder, released} = lease;
    if (released) return undefined;
    if (hasSurelyEnded(holder)) return `${describeExecutor(holder)}, which has ended`;
    const silentMs = serverNowMs - (await stat(newest.path)).mtimeMs;
    return silentMs > STALE_LEASE_MS
      ? `${describeExecutor(holder)}, silent for ${Math.round(silentMs / 1000)} s`
      : undefined;
  } catch {
    return undefined; // removed meanwhile
  }
}

async function findUnfinishedFiles(layout: Layout, nowMs: number): Promise<Finding> {
  const found: string[] = [];
  for (const root of new Set([layout.bookkeeping, layout.experimentRoot])) {
    await collectUnfinished(root, nowMs, found);
  }
  if (found.length === 0) return ok('leftovers', 'no unfinished files of dead processes');
  const text = `${found.length} unfinished files or locks of dead processes: ${abbreviateList(found)}`;
  return warn('leftovers', text, `they do no harm; to remove one: rm -r ${JSON.stringify(found[0])}`);
}

async function collectUnfinished(folder: string, nowMs: number, found: string[]): Promise<void> {
  // Names only: a folder of transcripts can hold a million.
  const entries = await readdir(folder, {withFileTypes: true}).catch(() => []);
  const names = new Set(entries.map(({name}) => name));
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (/\.(?:tmp|lock|fence)$/.test(entry.name)) {
      if (await isAbandoned(path, nowMs)) found.push(path);
    } else if (entry.name.endsWith('.journal.jsonl')) {
      // A journal without its manifest is nobody's.
      const manifest = entry.name.replace(/\.journal\.jsonl$/, '.json');
      if (!names.has(manifest) && (await isAbandoned(path, nowMs))) found.push(path);
    } else if (entry.isDirectory()) await collectUnfinished(path, nowMs, found);
  }
}

/** Returns whether a file is of a process of this host that is gone, or old. */
async function isAbandoned(path: string, nowMs: number): Promise<boolean> {
  const [, host, pid] = /\.([A-Za-z0-9_-]+)\.(\d+)\.\d+\.[0-9a-f]{12}\.tmp$/.exec(basename(path)) ?? [];
  if (host === hostname().replace(/[^A-Za-z0-9-]/g, '_') && pid !== undefined && !isRunning(Number(pid))) return true;
  return stat(path).then(
    ({mtimeMs}) => nowMs - mtimeMs > STALE_FILE_MS,
    () => false,
  );
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function abbreviateList(texts: readonly string[]): string {
  const more = texts.length > MAX_SHOWN ? `, and ${texts.length - MAX_SHOWN} more` : '';
  return `${texts.slice(0, MAX_SHOWN).join(', ')}${more}`;
}
