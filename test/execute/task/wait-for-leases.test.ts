import {mkdirSync, utimesSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';

import type {Clock} from '../../../src/core/clock.ts';
import {findHeld, waitForLeases, type WaitForLeasesOptions} from '../../../src/execute/task/wait-for-leases.ts';
import {createLayout} from '../../../src/record/layout.ts';
import {identifyExecutor} from '../../../src/record/lease/executor-identity.ts';
import {temporaryFolder} from '../../support/temporary-folder.ts';
import {aTask} from '../a-task.ts';

/** A holder of another host, of which only its lease is known. */
const STRANGER = {...identifyExecutor(), host: 'another-node', boot_id: 'b'};
const ALIVE = identifyExecutor();

const TASKS = [0, 1].map(index => aTask(index));

/** Waiting takes no time; `onSleep` does what happens meanwhile. */
function instantClock(onSleep: (sleeps: number) => void = () => undefined): Clock & {readonly sleeps: () => number} {
  let sleeps = 0;
  let nowMs = 0;
  return {
    now: () => nowMs,
    monotonic: () => nowMs,
    sleep: ms => {
      nowMs += ms;
      onSleep(++sleeps);
      return Promise.resolve();
    },
    sleeps: () => sleeps,
  };
}

function makeLeases(holder: typeof ALIVE | null = STRANGER) {
  const layout = createLayout({workspace: temporaryFolder('mac-leases-')});
  const folder = (index: number): string => join(layout.leases('g'), String(index));
  const write = (index: number, number: number, released: boolean): void => {
    mkdirSync(folder(index), {recursive: true});
    const content = {schema: 'mac.lease/1', number, holder, beat: 0, released};
    writeFileSync(join(folder(index), `lease.${number}.json`), holder ? JSON.stringify(content) : '');
  };
  const age = (index: number, number: number): void => {
    const old = new Date(Date.now() - 60_000);
    utimesSync(join(folder(index), `lease.${number}.json`), old, old);
  };
  return {layout, write, age};
}

function wait({layout}: ReturnType<typeof makeLeases>, options: Partial<WaitForLeasesOptions> = {}) {
  const news: string[] = [];
  const held = waitForLeases({
    tasks: TASKS,
    layout,
    clock: instantClock(),
    isEarlierAttempt: () => false,
    patienceMs: 90_000,
    signal: new AbortController().signal,
    onNews: text => news.push(text),
    ...options,
  });
  return {held, news};
}

test('tasks that nobody has are not waited for', async () => {
  const leases = makeLeases();
  leases.write(0, 1, true);
  leases.write(1, 1, false);
  leases.age(1, 1);
  const clock = instantClock();
  expect((await wait(leases, {clock}).held).size).toBe(0);
  expect(clock.sleeps()).toBe(0);
});

test('a holder that may be dead is waited for until its lease is stale, which is told once', async () => {
  const leases = makeLeases();
  leases.write(1, 1, false);
  const clock = instantClock(sleeps => {
    if (sleeps === 3) leases.age(1, 1);
  });
  const {held, news} = wait(leases, {clock});
  expect((await held).size).toBe(0);
  expect(clock.sleeps()).toBe(3);
  expect(news).toHaveLength(1);
  expect(news[0]).toMatch(/^waiting up to 90 s for task 1, which process \d+ on another-node, .* had$/);
});

test('but no longer than the patience lasts', async () => {
  const leases = makeLeases();
  leases.write(0, 1, false);
  const clock = instantClock();
  const held = await wait(leases, {clock, patienceMs: 5_000}).held;
  expect([...held].map(([{index}, {holder}]) => [index, holder?.host])).toEqual([[0, 'another-node']]);
  expect(clock.sleeps()).toBe(5);
});

test('nor after the job was told to end', async () => {
  const leases = makeLeases();
  leases.write(0, 1, false);
  const end = new AbortController();
  const clock = instantClock(() => end.abort());
  expect((await wait(leases, {clock, signal: end.signal}).held).size).toBe(1);
  expect(clock.sleeps()).toBe(1);
});

test('a holder that is surely alive is not waited for, unless it is an earlier attempt of the same job', async () => {
  const leases = makeLeases(ALIVE);
  leases.write(0, 1, false);
  const clock = instantClock();
  expect((await wait(leases, {clock}).held).size).toBe(1);
  expect(clock.sleeps()).toBe(0);
  const ending = instantClock(() => leases.write(0, 1, true));
  const options = {clock: ending, isEarlierAttempt: ({nonce}: typeof ALIVE) => nonce === ALIVE.nonce};
  expect((await wait(leases, options).held).size).toBe(0);
  expect(ending.sleeps()).toBe(1);
});

test('a lease that is being written is somebody’s', async () => {
  const leases = makeLeases(null);
  leases.write(0, 1, false);
  const held = await findHeld(TASKS, leases.layout);
  expect([...held.values()].map(({holder}) => holder)).toEqual([null]);
});
