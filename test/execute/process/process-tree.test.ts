import {spawn} from 'node:child_process';
import {expect, test} from 'vitest';

import {readProcesses} from '../../../src/core/process-stat.ts';
import {findTree, readStartTime, stopGroup, stopTree} from '../../../src/execute/process/process-tree.ts';

const sleep = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms));

/** A session of its own: a shell with two children, one of which left the session and takes no SIGTERM. */
async function startSession(): Promise<{pid: number; start: string; token: string}> {
  const token = `tree-${process.pid}-${Math.floor(performance.now())}.`;
  const script = `(trap '' TERM; exec setsid sleep 1000) & sleep 1000 & wait`;
  const {pid} = spawn('bash', ['-c', script], {
    detached: true,
    stdio: 'ignore',
    env: {...process.env, MAC_PROCESS_TREE: `${token}1.`},
  });
  const start = readStartTime(pid!)!;
  const ofSession = (): number => readProcesses().filter(({session}) => session === pid).length;
  // All three are there, and one has left.
  while (findTree({roots: [{pid: pid!, start}], token: 'none'}).length !== 3 || ofSession() !== 2) await sleep(10);
  return {pid: pid!, start, token};
}

test('a tree is ended with what left its session and what takes no SIGTERM', async () => {
  const {pid, start, token} = await startSession();
  process.kill(pid, 'SIGKILL');
  // Its parent is gone and its session another: only the environment tells.
  const roots = [{pid, start}];
  while (readStartTime(pid) !== null) await sleep(10);
  expect(findTree({roots, token: 'none'}).length).toBe(1);
  expect(findTree({roots, token}).length).toBe(2);
  expect(await stopTree({roots, token}, {termMs: 200, sleep})).toEqual([]);
  expect(findTree({roots, token})).toEqual([]);
});

test('a process that got the number of one that ended is left alone, with its session', async () => {
  const {pid, start, token} = await startSession();
  const stranger = {roots: [{pid, start: '1'}], token: 'none'};
  expect(findTree(stranger)).toEqual([]);
  expect(await stopTree(stranger, {termMs: 100, sleep})).toEqual([]);
  expect(readStartTime(pid)).toBe(start);
  await stopTree({roots: [{pid, start}], token}, {termMs: 100, sleep});
});

test('a process in a tree of a tree belongs to both, and to no other', async () => {
  const outer = `outer-${process.pid}.`;
  const {pid} = spawn('sleep', ['1000'], {
    detached: true,
    stdio: 'ignore',
    env: {...process.env, MAC_PROCESS_TREE: `${outer}:inner.1.`},
  });
  const find = (token: string): (number | undefined)[] => findTree({roots: [], token}).map(each => each.pid);
  while (!find(outer).includes(pid)) await sleep(10);
  expect(find('inner.')).toContain(pid);
  expect(find('ner.')).not.toContain(pid);
  await stopTree({roots: [], token: outer}, {termMs: 1000, sleep});
  expect(find(outer)).toEqual([]);
});

test('without a list of processes the group of the first one is ended, also where it takes no SIGTERM', async () => {
  const {pid} = spawn('bash', ['-c', "trap '' TERM; sleep 1000 & wait"], {detached: true, stdio: 'ignore'});
  const inGroup = (): number => readProcesses().filter(({session}) => session === pid).length;
  while (inGroup() < 2) await sleep(10);
  await stopGroup(pid!, {termMs: 100, sleep});
  expect(inGroup()).toBe(0);
});
