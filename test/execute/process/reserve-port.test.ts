import {chmodSync, mkdirSync, readdirSync, writeFileSync} from 'node:fs';
import {createServer, type AddressInfo} from 'node:net';
import {join} from 'node:path';
import {expect, test} from 'vitest';

import {findPortOwner} from '../../../src/execute/process/port-owner.ts';
import {readStartTime} from '../../../src/execute/process/process-tree.ts';
import {reservePort} from '../../../src/execute/process/reserve-port.ts';
import {identifyExecutor} from '../../../src/record/lease/executor-identity.ts';
import {temporaryFolder} from '../../support/temporary-folder.ts';

const HOLDER = identifyExecutor({});

async function listenOn(port: number): Promise<{close: () => Promise<void>; port: number}> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () => new Promise(resolve => server.close(() => resolve())),
  };
}

test('a hundred reservations at once get a hundred ports, each held until it is let go', async () => {
  const folder = join(temporaryFolder('mac-ports-'), 'ports');
  const all = await Promise.all(Array.from({length: 100}, () => reservePort(HOLDER, folder)));
  expect(new Set(all.map(({port}) => port)).size).toBe(100);
  const [first, second] = all;
  await expect(listenOn(first!.port)).rejects.toThrow('EADDRINUSE');
  await first!.stopListening();
  await (await listenOn(first!.port)).close();
  // Let go, and still reserved.
  expect(readdirSync(folder)).toContain(String(first!.port));
  await Promise.all(all.map(each => each.release()));
  expect(readdirSync(folder)).toEqual([]);
  await second!.release();
});

test('files of executors that have died are removed', async () => {
  const folder = join(temporaryFolder('mac-ports-'), 'ports');
  mkdirSync(folder, {mode: 0o700});
  writeFileSync(join(folder, '20001'), JSON.stringify({...HOLDER, pid_start: '1'}));
  writeFileSync(join(folder, '20002'), JSON.stringify(HOLDER));
  const reserved = await reservePort(HOLDER, folder);
  expect(readdirSync(folder).sort()).toEqual(['20002', String(reserved.port)].sort());
  await reserved.release();
});

test('a folder that others may write to is not trusted; a port is found all the same', async () => {
  const folder = join(temporaryFolder('mac-ports-'), 'ports');
  mkdirSync(folder);
  chmodSync(folder, 0o777);
  const reserved = await reservePort(HOLDER, folder);
  expect(readdirSync(folder)).toEqual([]);
  await expect(listenOn(reserved.port)).rejects.toThrow('EADDRINUSE');
  await reserved.release();
});

test('whose socket listens on a port is told by the kernel', async () => {
  const server = await listenOn(0);
  const own = {roots: [{pid: process.pid, start: readStartTime(process.pid)}], token: 'none'};
  // The caller is never part of a tree, so that its own sockets are somebody else's.
  expect(findPortOwner(server.port, own)).toBe('foreign');
  await server.close();
  expect(findPortOwner(server.port, own)).toBe('nobody');
});
