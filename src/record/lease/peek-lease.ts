import {readdir, stat} from 'node:fs/promises';
import {join} from 'node:path';

import type {Clock} from '../../core/clock.ts';
import {MAX_OPEN_FILES, mapConcurrently} from '../../core/concurrency.ts';
import {systemErrorCode} from '../../core/errors.ts';
import {describeExecutor, hasSurelyEnded, isSurelyAlive, type ExecutorIdentity} from './executor-identity.ts';
import type {Layout} from '../layout.ts';
import {newestLease, readLease, type NumberedLease} from './lease-file.ts';
import {serverTime} from '../disk/server-time.ts';

/** A lease without a sign of life for this long is free. */
export const STALE_LEASE_MS = 30_000;

/** The state of a lease that is held. */
export interface Holding {
  /** null: its file is being written, or damaged. */
  readonly holder: ExecutorIdentity | null;
  /** Since the last sign of life. */
  readonly ageMs: number;
}

/**
 * Reads whether a lease is held, as far as its file tells.
 *
 * @param now the file server's time, in milliseconds since the epoch; asked only when it matters.
 * @returns null when it is free, `gone` when it was removed meanwhile: by who took the next number, or with its grid
 * run.
 */
export async function readHolding(
  {path}: NumberedLease,
  {staleMs, now}: {readonly staleMs: number; readonly now: () => Promise<number>},
): Promise<Holding | null | 'gone'> {
  const content = await readLease(path);
  if (content?.released) return null;
  if (content && hasSurelyEnded(content.holder)) return null;
  const holder = content?.holder ?? null;
  let ageMs: number;
  try {
    ageMs = (await now()) - (await stat(path)).mtimeMs;
  } catch (error) {
    if (['ENOENT', 'ESTALE'].includes(systemErrorCode(error) ?? '')) return 'gone';
    throw error;
  }
  if (holder && isSurelyAlive(holder)) return {holder, ageMs};
  // An unreadable file is being written, or its writer died right then: its age decides as for any other. A sign of
  // life from the future tells nothing: a clock was wrong, and heartbeats must show whether anybody lives.
  return Math.abs(ageMs) < staleMs ? {holder, ageMs} : null;
}

/**
 * Looks whether a task is held, without claiming it. What seems free may still be refused: its holder may only have
 * been slow.
 *
 * @throws what the disk says.
 */
export async function peekLease({directory, name}: {directory: string; name: string}): Promise<Holding | null> {
  for (;;) {
    const newest = await newestLease(directory, name);
    if (!newest) return null;
    const held = await readHolding(newest, {staleMs: STALE_LEASE_MS, now: () => serverTime(directory)});
    if (held !== 'gone') return held;
  }
}

/** Describes who has a task and since when nothing was heard of it. */
export function describeHolder({holder, ageMs}: Holding): string {
  const who = holder
    ? describeExecutor(holder)
    : 'a process that has not said who it is (its lease is empty or damaged)';
  return `${who}, last sign of life ${Math.max(0, Math.round(ageMs / 1000))} s ago`;
}

/**
 * Finds the holders of a grid run's tasks by task number, as far as leases tell without claiming them: for display and
 * for not doing work twice. A lease without a sign of life for half a minute is free, by the file server's clock, or by
 * ours where we may not write.
 */
export async function findHeldTasks(layout: Layout, which: TaskSelection): Promise<Map<number, ExecutorIdentity>> {
  return await inspectLeases(layout, which, async (lease, nowMs) => {
    const held = await readHolding(lease, {staleMs: STALE_LEASE_MS, now: () => Promise.resolve(nowMs)});
    // null also when it is being written, or removed with its grid: whoever claims it will look more closely.
    return held === 'gone' ? null : (held?.holder ?? null);
  });
}

/**
 * A holder of whom nothing was heard for a while, and who has not given its lease back: it is frozen, cut off from the
 * disk, or dead.
 */
export interface QuietHolder {
  readonly holder: ExecutorIdentity;
  readonly lastSignMs: number;
  readonly ageMs: number;
}

/**
 * Finds the holders of a grid run's tasks that gave no sign of life for `quietMs` or longer, by task number. Only
 * leases of quiet ones are read, so that many can be looked at.
 */
export async function findQuietHolders(
  layout: Layout,
  {quietMs, ...which}: TaskSelection & {readonly quietMs: number},
): Promise<Map<number, QuietHolder>> {
  return await inspectLeases(layout, which, async ({path}, nowMs) => {
    const {mtimeMs: lastSignMs} = await stat(path);
    const ageMs = nowMs - lastSignMs;
    const content = ageMs < quietMs ? null : await readLease(path);
    return content && !content.released ? {holder: content.holder, lastSignMs, ageMs} : null;
  });
}

/** The folder of a task's leases, and the folder that holds those of its neighbours. */
export interface LeasePlace {
  readonly root: string;
  readonly folder: string;
}

interface TaskSelection {
  readonly gridId: string;
  readonly tasks: Iterable<number>;
  readonly clock: Clock;
  /** Places of tasks whose leases are not those of the grid: trials have theirs by set. */
  readonly places?: ReadonlyMap<number, LeasePlace>;
}

/**
 * Returns what `look` finds in the newest lease of each task that has one. `look` gets the file server's time, or ours
 * where we may not write.
 */
async function inspectLeases<T>(
  layout: Layout,
  {gridId, tasks, clock, places}: TaskSelection,
  look: (lease: NumberedLease, nowMs: number) => Promise<T | null>,
): Promise<Map<number, T>> {
  const found = new Map<number, T>();
  const tasksByRoot = new Map<string, {readonly task: number; readonly folder: string}[]>();
  for (const task of tasks) {
    const {root, folder} = places?.get(task) ?? {root: layout.leases(gridId), folder: String(task)};
    const there = tasksByRoot.get(root);
    if (there) there.push({task, folder});
    else tasksByRoot.set(root, [{task, folder}]);
  }
  for (const [root, there] of tasksByRoot) {
    // Listing the leases of a large grid is worth saving.
    const folders = new Set(await readdir(root).catch(() => []));
    const wanted = there.filter(({folder}) => folders.has(folder));
    if (wanted.length === 0) continue;
    const nowMs = await serverTime(root).catch(() => clock.now());
    await mapConcurrently(wanted, MAX_OPEN_FILES, async ({task, folder}) => {
      const lease = await newestLease(join(root, folder), 'lease').catch(() => null);
      const value = lease && (await look(lease, nowMs).catch(() => null));
      if (value) found.set(task, value);
    });
  }
  return found;
}
