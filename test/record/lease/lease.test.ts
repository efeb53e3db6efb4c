import {spawn} from 'node:child_process';
import fs, {mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync, utimesSync, writeFileSync} from 'node:fs';
import {syncBuiltinESMExports} from 'node:module';
import {join} from 'node:path';
import {expect, test, vi} from 'vitest';

import type {Clock} from '../../../src/core/clock.ts';
import {systemClock} from '../../../src/core/clock.ts';
import {hasSurelyEnded, identifyExecutor, isSurelyAlive} from '../../../src/record/lease/executor-identity.ts';
import {createLayout} from '../../../src/record/layout.ts';
import {acquireLease, type LeaseOptions} from '../../../src/record/lease/lease.ts';
import {findHeldTasks, readHolding, peekLease} from '../../../src/record/lease/peek-lease.ts';
import {temporaryFolder} from '../../support/temporary-folder.ts';

/** Waiting costs nothing; what a wait is followed by can be decided. */
function instantClock(onSleep: () => void = () => undefined): Clock {
  return {
    ...systemClock,
    sleep: () => {
      onSleep();
      return Promise.resolve();
    },
  };
}

function options(directory: string, extra: Partial<LeaseOptions> = {}): LeaseOptions {
  return {directory, name: 'lease', clock: instantClock(), ...extra};
}

async function take(directory: string, extra: Partial<LeaseOptions> = {}) {
  const claim = await acquireLease(options(directory, extra));
  if (claim.kind !== 'acquired') throw new Error(`held by ${JSON.stringify(claim.holder)}`);
  return claim.lease;
}

/** A holder on another host, of which only its lease is known. */
function stranger() {
  return {...identifyExecutor(), host: 'another-node', boot_id: 'b', nonce: 'n'};
}

function processStart(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]!;
}

function age(directory: string, seconds: number): void {
  const then = new Date(Date.now() - seconds * 1000);
  for (const name of readdirSync(directory)) utimesSync(join(directory, name), then, then);
}

test('a task has one executor at a time, and numbers only grow', async () => {
  const folder = temporaryFolder();
  const first = await take(folder);
  expect((await acquireLease(options(folder))).kind).toBe('held');
  await first.release();
  const second = await take(folder);
  expect(second.number).toBe(first.number + 1);
  expect(await first.isCurrent()).toBe(false);
  expect(await second.isCurrent()).toBe(true);
});

test('of many contenders exactly one gets a free task', async () => {
  const folder = temporaryFolder();
  const claims = await Promise.all(Array.from({length: 20}, () => acquireLease(options(folder))));
  expect(claims.filter(({kind}) => kind === 'acquired').length).toBe(1);
});

test('of many contenders exactly one gets a stale task, and the old holder notices', async () => {
  const folder = temporaryFolder();
  const old = await take(folder, {holder: stranger()});
  age(folder, 60);
  const claims = await Promise.all(Array.from({length: 20}, () => acquireLease(options(folder))));
  expect(claims.filter(({kind}) => kind === 'acquired').length).toBe(1);
  expect(await old.isCurrent()).toBe(false);
  expect(old.lost.aborted).toBe(true);
});

test('a process of this host that was killed loses its lease at once', async () => {
  const folder = temporaryFolder();
  const child = spawn('sleep', ['60']);
  await take(folder, {holder: {...identifyExecutor(), pid: child.pid!, pid_start: processStart(child.pid!)}});
  expect((await acquireLease(options(folder))).kind).toBe('held');
  const gone = new Promise(done => child.on('exit', done));
  child.kill('SIGKILL');
  await gone;
  expect((await acquireLease(options(folder))).kind).toBe('acquired');
});

test('a living process of this host keeps its lease when the clock jumps ahead', async () => {
  const folder = temporaryFolder();
  await take(folder);
  age(folder, 3600);
  expect((await acquireLease(options(folder))).kind).toBe('held');
});

test('a holder elsewhere that still beats keeps a lease that looks stale', async () => {
  const folder = temporaryFolder();
  await take(folder, {holder: stranger()});
  age(folder, 60);
  const path = join(folder, 'lease.1.json');
  const clock = instantClock(() => {
    const content = JSON.parse(readFileSync(path, 'utf8'));
    writeFileSync(path, JSON.stringify({...content, beat: Number(content.beat) + 1}));
  });
  expect((await acquireLease(options(folder, {clock}))).kind).toBe('held');
});

test('a lease file that is still being written counts as held', async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'lease.4.json'), '');
  expect((await acquireLease(options(folder))).kind).toBe('held');
  age(folder, 60);
  expect((await take(folder)).number).toBe(5);
});

test('a sign of life from the future keeps nobody from a task, unless its holder goes on beating', async () => {
  const folder = temporaryFolder();
  await take(folder);
  const [name] = readdirSync(folder);
  const path = join(folder, name!);
  writeFileSync(path, JSON.stringify({...JSON.parse(readFileSync(path, 'utf8')), holder: stranger(), beat: 3}));
  age(folder, -86_400);
  const beat = instantClock(() => {
    writeFileSync(path, JSON.stringify({...JSON.parse(readFileSync(path, 'utf8')), beat: 4}));
    age(folder, -86_400);
  });
  expect((await acquireLease(options(folder, {clock: beat}))).kind).toBe('held');
  expect((await acquireLease(options(folder))).kind).toBe('acquired');
});

test('a lease that is removed while it is looked at is gone, which is no error', async () => {
  const newest = {number: 1, path: join(temporaryFolder(), 'lease.1.json')};
  expect(await readHolding(newest, {staleMs: 30_000, now: () => Promise.resolve(0)})).toBe('gone');
});

test('a task is free to be looked at while its grid run is being removed', async () => {
  const folder = temporaryFolder();
  await take(folder, {holder: stranger()});
  const looks = Array.from({length: 50}, () => peekLease({directory: folder, name: 'lease'}));
  rmSync(folder, {recursive: true});
  for (const look of await Promise.all(looks)) expect(look === null || look.holder?.host === 'another-node').toBe(true);
});

test('a lease that was given back is not taken back by a heartbeat that was under way', async () => {
  for (let i = 0; i < 100; i++) {
    const folder = temporaryFolder();
    const lease = await take(folder, {heartbeatMs: 1});
    await new Promise(resolve => setTimeout(resolve, 2));
    await lease.release();
    expect(JSON.parse(readFileSync(join(folder, 'lease.1.json'), 'utf8'))).toMatchObject({released: true});
  }
});

test('a process that the system hides from us is not taken for a dead one', async () => {
  const child = spawn('sleep', ['60']);
  const holder = {...identifyExecutor(), pid: child.pid!, pid_start: processStart(child.pid!)};
  expect(hasSurelyEnded(holder)).toBe(false);
  const real = fs.readFileSync;
  const hidden = vi.spyOn(fs, 'readFileSync').mockImplementation(((path: string, ...rest: []) => {
    if (path === `/proc/${child.pid}/stat`) throw Object.assign(new Error('hidden'), {code: 'ENOENT'});
    return real(path, ...rest);
  }) as typeof fs.readFileSync);
  syncBuiltinESMExports();
  expect([hasSurelyEnded(holder), isSurelyAlive(holder)]).toEqual([false, false]);
  const gone = new Promise(done => child.on('exit', done));
  child.kill('SIGKILL');
  await gone;
  expect(hasSurelyEnded(holder)).toBe(true);
  hidden.mockRestore();
  syncBuiltinESMExports();
});

test('who holds tasks can be seen where nothing may be written', async () => {
  const layout = createLayout({workspace: temporaryFolder()});
  mkdirSync(join(layout.bookkeeping, 'lease'), {recursive: true});
  symlinkSync('/proc/self/task', layout.leases('grid'));
  const tasks = readdirSync(layout.leases('grid')).map(Number);
  expect(await findHeldTasks(layout, {gridId: 'grid', tasks, clock: systemClock})).toEqual(new Map());
});
