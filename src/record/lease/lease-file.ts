import {readdir} from 'node:fs/promises';
import {join} from 'node:path';

import {systemErrorCode} from '../../core/errors.ts';
import {readJsonOrNothing} from '../disk/read-file.ts';
import type {ExecutorIdentity} from './executor-identity.ts';

/** The contents of a lease file. */
export interface LeaseFile {
  readonly schema: 'mac.lease/1';
  readonly number: number;
  readonly holder: ExecutorIdentity;
  /** Number of heartbeats; only that the file's mtime moves matters. */
  readonly beat: number;
  readonly released: boolean;
}

/** One of a task's leases: `{name}.{number}.json`. */
export interface NumberedLease {
  readonly number: number;
  readonly path: string;
}

export function leasePath(directory: string, name: string, number: number): string {
  return join(directory, `${name}.${number}.json`);
}

/** Lists the folder: on NFS the listing is fresh when a look-up of a name may still be answered from a cache. */
export async function listLeases(directory: string, name: string): Promise<NumberedLease[]> {
  const leases: NumberedLease[] = [];
  for (const file of await readdir(directory).catch(ignoreMissing)) {
    if (!file.startsWith(`${name}.`) || !file.endsWith('.json')) continue;
    const middle = file.slice(name.length + 1, -'.json'.length);
    if (/^\d+$/.test(middle)) leases.push({number: Number(middle), path: join(directory, file)});
  }
  return leases;
}

function ignoreMissing(error: unknown): string[] {
  if (systemErrorCode(error) === 'ENOENT') return [];
  throw error;
}

/** Finds the lease that counts: that with the highest number. */
export async function newestLease(directory: string, name: string): Promise<NumberedLease | null> {
  let newest: NumberedLease | null = null;
  for (const lease of await listLeases(directory, name)) if (lease.number > (newest?.number ?? 0)) newest = lease;
  return newest;
}

/** Reads a lease; null when its file is gone, being written, or damaged. */
export async function readLease(path: string): Promise<LeaseFile | null> {
  return ((await readJsonOrNothing(path)) ?? null) as LeaseFile | null;
}
