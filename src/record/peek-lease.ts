import {readdir, stat} from 'node:fs/promises';
import {join} from 'node:path';

import {hasSurelyEnded, isSurelyAlive, type ExecutorIdentity} from './executor-identity.ts';
import type {Layout} from './layout.ts';
import {newestLease, readLease} from './lease-file.ts';
import {STALE_LEASE_MS} from './lease.ts';
import {serverTime} from './server-time.ts';

/**
 * Who holds the tasks of a grid run now, by task number, as far as their leases tell without claiming them: for display and for not doing work twice. A lease
 * without a sign of life for half a minute, by the file server's clock, is nobody's.
 */
export async function heldTasks(
  layout: Layout,
  gridId: string,
  tasks: Iterable<number>,
): Promise<Map<number, ExecutorIdentity>> {
  const root = layout.leases(gridId);
  const held = new Map<number, ExecutorIdentity>();
  const folders = new Set(await readdir(root).catch(() => []));
  const wanted = [...tasks].filter(task => folders.has(String(task)));
  if (wanted.length === 0) return held;
  const nowMs = await serverTime(root);
  const next = wanted.values();
  const worker = async (): Promise<void> => {
    for (const task of next) {
      const holder = await holderOf(join(root, String(task)), nowMs);
      if (holder) held.set(task, holder);
    }
  };
  await Promise.all(Array.from({length: 16}, worker));
  return held;
}

async function holderOf(folder: string, nowMs: number): Promise<ExecutorIdentity | undefined> {
  try {
    const newest = await newestLease(folder, 'lease');
    const lease = newest && (await readLease(newest.path));
    // Being written, or removed with its grid: whoever claims it will look more closely.
    if (!newest || !lease) return undefined;
    if (lease.released || hasSurelyEnded(lease.holder)) return undefined;
    if (isSurelyAlive(lease.holder)) return lease.holder;
    return Math.abs(nowMs - (await stat(newest.path)).mtimeMs) < STALE_LEASE_MS ? lease.holder : undefined;
  } catch {
    return undefined;
  }
}
