import {spawn} from 'node:child_process';
import {readFileSync, readdirSync, utimesSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';

import type {Clock} from '../../src/core/clock.ts';
import {systemClock} from '../../src/core/clock.ts';
import {identifyExecutor} from '../../src/record/executor-identity.ts';
import {acquireLease, type LeaseOptions} from '../../src/record/lease.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

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
  const stat = readFileSync(`/proc/${child.pid}/stat`, 'utf8');
  const start = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]!;
  await take(folder, {holder: {...identifyExecutor(), pid: child.pid!, pid_start: start}});
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
