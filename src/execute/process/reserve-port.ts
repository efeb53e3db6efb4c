import {randomInt} from 'node:crypto';
import {constants} from 'node:fs';
import {lstat, mkdir, open, readdir, readFile, unlink} from 'node:fs/promises';
import {createServer, type Server} from 'node:net';
import {join} from 'node:path';

import {systemErrorCode, UserError} from '../../core/errors.ts';
import {hasSurelyEnded, type ExecutorIdentity} from '../../record/lease/executor-identity.ts';

/** A port of 127.0.0.1 that is kept free for one server. */
export interface PortReservation {
  readonly port: number;
  /** Stops holding the port by listening on it: call it just before the server is started. Idempotent. */
  stopListening(): Promise<void>;
  /** Releases the port. Idempotent. */
  release(): Promise<void>;
}

/** Below the ports of outgoing connections on Linux (from 32768), above those of common services. */
const RANGE = {first: 20_000, last: 32_767};
const MAX_TRIES = 200;

/**
 * Reserves a port that nothing listens on and that no other job of this user on this node has reserved: by a file for
 * the port in a folder that all of them see, and by listening on the port.
 *
 * The files only make collisions rare; whether the port is the server's own is checked once it runs. Without a usable
 * folder (the job has its own `/tmp`, or another user has made the folder) listening has to do.
 *
 * @throws UserError `no-free-port`.
 */
export async function reservePort(
  holder: ExecutorIdentity,
  folder = `/tmp/mac-ports-${process.getuid?.() ?? 0}`,
): Promise<PortReservation> {
  const isUsable = await prepareFolder(folder);
  if (isUsable) await removeStaleReservations(folder);
  const width = RANGE.last - RANGE.first + 1;
  const start = randomInt(width);
  for (let i = 0; i < MAX_TRIES; i++) {
    const port = RANGE.first + ((start + i) % width);
    const file = join(folder, String(port));
    if (isUsable && !(await createFile(file, JSON.stringify(holder)))) continue;
    const server = await listenOn(port);
    if (server) return new HeldPort(port, server, isUsable ? file : null);
    if (isUsable) await unlink(file).catch(() => undefined);
  }
  throw new UserError('no-free-port', `none of ${MAX_TRIES} ports from ${RANGE.first + start} on is free on this node`);
}

class HeldPort implements PortReservation {
  readonly port: number;
  #server: Server | null;
  #file: string | null;

  constructor(port: number, server: Server, file: string | null) {
    this.port = port;
    this.#server = server;
    this.#file = file;
  }

  async stopListening(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    if (server) await new Promise<void>(resolve => server.close(() => resolve()));
  }

  async release(): Promise<void> {
    await this.stopListening();
    const file = this.#file;
    this.#file = null;
    if (file !== null) await unlink(file).catch(() => undefined);
  }
}

/** Returns false when the folder is not this user's alone: where anybody may write, anybody could have made it. */
async function prepareFolder(folder: string): Promise<boolean> {
  try {
    await mkdir(folder, {mode: 0o700}).catch(() => undefined);
    const found = await lstat(folder);
    return found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o022) === 0;
  } catch {
    return false;
  }
}

/** Removes the files of executors that died without releasing their port. */
async function removeStaleReservations(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const file = join(folder, name);
    try {
      if (hasSurelyEnded(JSON.parse(await readFile(file, 'utf8')) as ExecutorIdentity)) await unlink(file);
    } catch {
      // it is being written, or gone
    }
  }
}

async function createFile(path: string, text: string): Promise<boolean> {
  try {
    const file = await open(path, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, 0o600);
    await file.writeFile(text).finally(() => file.close());
    return true;
  } catch (error) {
    // A full disk must not make every port seem taken.
    return systemErrorCode(error) !== 'EEXIST';
  }
}

async function listenOn(port: number): Promise<Server | null> {
  // Whoever connects here wanted another server, and must not keep this one from closing.
  const server = createServer(socket => socket.destroy());
  server.unref();
  return await new Promise(resolve => {
    server.once('error', () => resolve(null));
    server.listen({port, host: '127.0.0.1', exclusive: true}, () => resolve(server));
  });
}
