import {open, stat} from 'node:fs/promises';
import {join} from 'node:path';

import type {Clock} from '../../core/clock.ts';
import {systemErrorCode, UserError} from '../../core/errors.ts';
import {cannotWrite, createFileExclusive, ensureFolder, forgetFolder, removeIfExists} from '../disk/atomic-file.ts';
import {hasSurelyEnded, identifyExecutor, type ExecutorIdentity} from './executor-identity.ts';
import {leasePath, listLeases, newestLease, readLease, type LeaseFile, type NumberedLease} from './lease-file.ts';
import {readHolding, STALE_LEASE_MS, type Holding} from './peek-lease.ts';
import {serverTime} from '../disk/server-time.ts';

/** The right to execute a task. */
export interface Lease {
  /** Fencing number: records repeat it, and a higher one ends the lower ones. */
  readonly number: number;
  readonly holder: ExecutorIdentity;
  /** Aborts when another executor is found to have taken over. */
  readonly lost: AbortSignal;
  /** Asks the disk whether this is still the highest lease. Call it before writing anything that matters. */
  isCurrent(): Promise<boolean>;
  /** @throws UserError `lease-lost` when it is not. */
  requireCurrent(): Promise<void>;
  /** Gives the lease back; idempotent, never rejects. The number stays used. */
  release(): Promise<void>;
}

export interface LeaseOptions {
  readonly directory: string;
  /** Of the task: `{name}.{number}.json` are its leases. */
  readonly name: string;
  readonly clock: Clock;
  readonly holder?: ExecutorIdentity;
  /** A holder that shows no sign of life for this long has lost its lease. */
  readonly staleMs?: number;
  readonly heartbeatMs?: number;
}

export type LeaseClaim = {readonly kind: 'acquired'; readonly lease: Lease} | ({readonly kind: 'held'} & Holding);

/**
 * Claims a task. Leases are numbered files, created exclusively; the highest number holds. A lease is free when it was
 * released, when its holder is a process of this very host that has ended, or when its file has not changed for
 * `staleMs` as the file server counts: its mtime is compared with that of a file written just now, never with a local
 * clock, because clocks of nodes differ.
 *
 * Nothing is deleted to take a stale lease over (deleting is how two contenders come to hold one lock): the next number
 * is created, and only one contender can.
 *
 * @throws UserError `cannot-write`.
 */
export async function acquireLease(options: LeaseOptions): Promise<LeaseClaim> {
  const {directory, name, staleMs = STALE_LEASE_MS} = options;
  const holder = options.holder ?? identifyExecutor();
  try {
    await ensureFolder(directory);
    const newest = await newestLease(directory, name);
    if (newest) {
      const held = await readHolding(newest, {staleMs, now: () => serverTime(directory)});
      if (held === 'gone') {
        // Another took the next number, or the grid run was finished: begin again.
        await hasVanished(directory);
        return await acquireLease(options);
      }
      const holding = held ?? (await detectHeartbeat(newest, options));
      if (holding) return {kind: 'held', ...holding};
    }
    const number = (newest?.number ?? 0) + 1;
    const path = leasePath(directory, name, number);
    const content: LeaseFile = {schema: 'mac.lease/1', number, holder, beat: 0, released: false};
    const created = await createFileExclusive(path, JSON.stringify(content)).catch(async (error: unknown) => {
      if (await hasVanished(directory)) return 'vanished';
      throw error;
    });
    // The grid run was finished and its leases removed while we looked: begin again, the caller will see what happened.
    if (created === 'vanished') return await acquireLease(options);
    if (created === 'exists') return {kind: 'held', holder: await readHolder(path), ageMs: 0};
    // A contender that listed the folder before our file appeared cannot have created our number; one that listed after
    // it saw us. A still higher number means that we were paused in between for longer than the stale time.
    const latest = await newestLease(directory, name);
    if (latest && latest.number > number) return {kind: 'held', holder: await readHolder(latest.path), ageMs: 0};
    if (newest) await removeOlder(directory, name, number);
    return {kind: 'acquired', lease: new HeldLease(options, content, path)};
  } catch (error) {
    throw cannotWrite(join(directory, name), error);
  }
}

async function hasVanished(directory: string): Promise<boolean> {
  const vanished = await stat(directory).then(
    () => false,
    (error: unknown) => systemErrorCode(error) === 'ENOENT',
  );
  if (vanished) forgetFolder(directory);
  return vanished;
}

class HeldLease implements Lease {
  readonly number: number;
  readonly holder: ExecutorIdentity;
  readonly #options: LeaseOptions;
  readonly #path: string;
  readonly #lost = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #beat = 0;
  /** The heartbeat that is being written. */
  #heartbeatInFlight: Promise<void> | null = null;
  #released = false;

  constructor(options: LeaseOptions, content: LeaseFile, path: string) {
    this.number = content.number;
    this.holder = content.holder;
    this.#options = options;
    this.#path = path;
    // One at a time: on a filesystem that hangs they would pile up, and take each other over when it goes on.
    const beat = (): void =>
      void (this.#heartbeatInFlight ??= this.#heartbeat().finally(() => (this.#heartbeatInFlight = null)));
    this.#timer = setInterval(beat, options.heartbeatMs ?? 5_000);
    this.#timer.unref();
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  async isCurrent(): Promise<boolean> {
    if (this.#released || this.#lost.signal.aborted) return false;
    const newest = await newestLease(this.#options.directory, this.#options.name);
    // No file at all: the grid run was finished and its leases removed by somebody who had the right to.
    const current = newest?.number === this.number;
    if (!current) this.#markLost();
    return current;
  }

  async requireCurrent(): Promise<void> {
    if (await this.isCurrent()) return;
    throw new UserError('lease-lost', 'another executor took this task over while this one was paused', {
      hint: 'nothing is wrong with the records; let the other one go on',
    });
  }

  async release(): Promise<void> {
    if (this.#released) return;
    clearInterval(this.#timer);
    // A heartbeat that lands after it would take the lease back.
    await this.#heartbeatInFlight;
    try {
      if (await this.isCurrent()) await this.#write(true);
    } catch {
      // A disk that cannot take it: the lease is free when this process has ended, or for other hosts when it goes
      // stale.
    } finally {
      this.#released = true;
    }
  }

  async #heartbeat(): Promise<void> {
    try {
      if (await this.isCurrent()) await this.#write(false);
    } catch {
      // A filesystem that hiccups for one heartbeat is no reason to stop; if it lasts, the lease goes stale and others
      // may take over.
    }
  }

  /** Writes in place, then cuts off the rest: the file must never vanish, and only its holder writes it. */
  async #write(released: boolean): Promise<void> {
    this.#beat++;
    const content: LeaseFile = {
      schema: 'mac.lease/1',
      number: this.number,
      holder: this.holder,
      beat: this.#beat,
      released,
    };
    const file = await open(this.#path, 'r+');
    try {
      const bytes = Buffer.from(JSON.stringify(content));
      await file.write(bytes, 0, bytes.length, 0);
      await file.truncate(bytes.length);
      await file.datasync();
    } finally {
      await file.close();
    }
  }

  #markLost(): void {
    clearInterval(this.#timer);
    this.#lost.abort();
  }
}

/**
 * Looks a second time at a lease that seems stale: a file server whose clock jumped makes every lease look old, but
 * only a living holder goes on beating. Costs a heartbeat and a half; leases that are free for certain do not pay it.
 */
async function detectHeartbeat(
  {path}: NumberedLease,
  {clock, heartbeatMs = 5_000}: LeaseOptions,
): Promise<Holding | null> {
  const before = await readLease(path);
  if (!before || before.released || hasSurelyEnded(before.holder)) return null;
  await clock.sleep(1.5 * heartbeatMs);
  const after = await readLease(path);
  return after && !after.released && after.beat !== before.beat ? {holder: after.holder, ageMs: 0} : null;
}

async function readHolder(path: string): Promise<ExecutorIdentity | null> {
  return (await readLease(path))?.holder ?? null;
}

/** Removes lower numbers, which have no meaning any more; the highest stays, so that numbers never start again. */
async function removeOlder(directory: string, name: string, number: number): Promise<void> {
  for (const lease of await listLeases(directory, name)) {
    if (lease.number < number) await removeIfExists(lease.path);
  }
}
