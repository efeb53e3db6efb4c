import {open} from 'node:fs/promises';

import {systemErrorCode, UserError} from '../../core/errors.ts';
import type {CommandIo} from '../io.ts';

export interface PrintLogOptions {
  /** Returns whether the log is complete, when there is nothing new. Without it, only what exists is printed. */
  readonly isOver?: () => Promise<boolean>;
}

const CHUNK_BYTES = 1 << 16;
const PAUSE_MS = 500;

/**
 * Copies a log to standard output; with `isOver`, also what is appended until then.
 *
 * @returns how many bytes it had; undefined when there is no such file.
 * @throws UserError `cannot-read`.
 */
export async function printLog(path: string, {isOver}: PrintLogOptions, io: CommandIo): Promise<number | undefined> {
  // One decoder for all pieces: a character may be split between two.
  const decoder = new TextDecoder();
  const log = {isThere: false, bytes: 0};
  const copyNew = async (): Promise<boolean> => {
    const before = log.bytes;
    for await (const piece of readFrom(path, log.bytes)) {
      log.isThere = true;
      log.bytes += piece.length;
      io.stdout.write(decoder.decode(piece, {stream: true}));
    }
    return log.bytes > before;
  };
  for (;;) {
    const grew = await copyNew();
    if (!isOver) return log.isThere ? log.bytes : undefined;
    if (grew) continue;
    if (await isOver()) {
      // Copy what was written while we asked.
      await copyNew();
      return log.isThere ? log.bytes : undefined;
    }
    await io.clock.sleep(PAUSE_MS);
  }
}

/** Yields the bytes of a file from `offset` on: an empty piece first when it exists, nothing when it does not. */
async function* readFrom(path: string, offset: number): AsyncGenerator<Uint8Array> {
  const file = await open(path, 'r').catch((error: unknown) => {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw new UserError('cannot-read', `${path} cannot be read`, {cause: error});
  });
  if (!file) return;
  try {
    yield new Uint8Array();
    for (let at = offset; ;) {
      const {buffer, bytesRead} = await file.read(Buffer.alloc(CHUNK_BYTES), 0, CHUNK_BYTES, at);
      if (bytesRead === 0) return;
      at += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}
